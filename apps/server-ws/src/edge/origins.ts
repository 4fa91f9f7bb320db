import type { IncomingMessage } from 'node:http';

/**
 * Whether a page of this origin may open a socket (OWASP ASVS 4.4.2): one of the very host it asks, or one that is listed. Programs name no
 * origin, and bring a token anyway.
 */
export function originAllowed({ headers: { origin, host } }: IncomingMessage, listed: readonly string[]): boolean {
  if (origin === undefined || listed.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && hostOf(origin) === hostOf(`${schemeOf(origin)}//${host}`);
}

/** With the scheme's own port left out, as browsers do it. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function schemeOf(origin: string): string {
  return new URL(origin).protocol;
}
