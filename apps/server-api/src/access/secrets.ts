import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new secret. Only its hash is stored: 256 random bits need no slow hash. */
export function newSecret(prefix = ''): { secret: string; hash: string } {
  const secret = prefix + randomBytes(SECRET_BYTES).toString('base64url');
  return { secret, hash: secretHash(secret) };
}

/** SHA-256 in base64url. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Compares in constant time. */
export function secretMatches(secret: string, hash: string | null | undefined): boolean {
  const stored = Buffer.from(hash ?? NO_HASH, 'base64url');
  const given = Buffer.from(secretHash(secret), 'base64url');
  return stored.length === given.length && timingSafeEqual(stored, given) && hash != null;
}

/** 256 bits: cannot be guessed. */
const SECRET_BYTES = 32;

const NO_HASH = secretHash('nothing has this one');
