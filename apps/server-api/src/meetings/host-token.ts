import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new host token. Only its hash is stored: 256 random bits need no slow hash. */
export function newHostToken(): { token: string; hash: string } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: sha256(token).toString('base64url') };
}

export function hostTokenMatches(token: string, hash: string): boolean {
  const stored = Buffer.from(hash, 'base64url');
  const given = sha256(token);
  return stored.length === given.length && timingSafeEqual(stored, given);
}

function sha256(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** 256 bits: cannot be guessed. */
const TOKEN_BYTES = 32;
