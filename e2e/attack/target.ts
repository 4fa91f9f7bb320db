/** The server under attack, and the meeting of the neighbours, who must notice nothing. */
export interface Target {
  /** Origin of page, API and signalling. */
  url: string;
  /** API keys of three owners; the last two are the attackers'. */
  apiKeys: string[];
  /** Code of the neighbours' meeting. */
  neighbours: string;
}

/** Loopback address number `n`; each is another client to the server. */
export function addressOf(n: number): string {
  return `127.0.${1 + (n >> 8)}.${1 + ((n & 0xff) % 254)}`;
}
