import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  username: string;
  credential: string;
}

/**
 * Credentials by the draft "A REST API For Access To TURN Services": the user's name carries the
 * expiry, and the password is an HMAC of it, so a server that knows the secret needs no list of
 * users. `expires`: seconds since 1970.
 */
export function timeLimitedCredentials(secret: string, user: string, expires: number): Credentials {
  const username = `${expires}:${user}`;
  return { username, credential: passwordOf(secret, username) };
}

/** The parts of such a name; undefined for any other. */
export function readUsername(username: string): { user: string; expires: number } | undefined {
  const [, expires, user] = /^(\d{1,12}):([\x21-\x7e]{1,128})$/.exec(username) ?? [];
  return expires === undefined || user === undefined ? undefined : { user, expires: Number(expires) };
}

/** The key of long-term credentials (RFC 8489 section 9.2.2), with MD5 or SHA-256. */
export function longTermKey(secret: string, username: string, realm: string, hash: 'md5' | 'sha256'): Buffer {
  return createHash(hash)
    .update(`${username}:${realm}:${passwordOf(secret, username)}`)
    .digest();
}

/** The draft, coturn and browsers' applications agree on SHA-1 here. */
function passwordOf(secret: string, username: string): string {
  return createHmac('sha1', secret).update(username).digest('base64');
}
