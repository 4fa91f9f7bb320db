import type { IncomingMessage } from 'node:http';

/**
 * Whether a page of this origin may open a socket (OWASP ASVS 4.4.2): the origin is the requested
 * host itself, or is listed. Programs without an origin are accepted, because they need a token in
 * any case.
 */
export function originAllowed({ headers: { origin, host } }: IncomingMessage, listed: readonly string[]): boolean {
  if (origin === undefined || listed.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && hostOf(origin) === hostOf(`${schemeOf(origin)}//${host}`);
}

/** Without the scheme's default port, as in browsers. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function schemeOf(origin: string): string {
  return new URL(origin).protocol;
}
