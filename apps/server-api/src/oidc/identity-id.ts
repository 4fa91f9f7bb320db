import { createHash } from 'node:crypto';

/** Issuers are addresses and subjects any text: neither belongs into a path. */
export function identityId({ issuer, subject }: { issuer: string; subject: string }): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
    .slice(0, ID_LENGTH);
}

/** Of 43 letters: one user has a handful of them. */
const ID_LENGTH = 22;
