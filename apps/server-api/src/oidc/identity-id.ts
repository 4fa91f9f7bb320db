import { createHash } from 'node:crypto';

/** Issuers are addresses and subjects are arbitrary text: neither belongs in a path. */
export function identityId({ issuer, subject }: { issuer: string; subject: string }): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
    .slice(0, ID_LENGTH);
}

/** Of 43 letters: one user has only a few identities. */
const ID_LENGTH = 22;
