import { createHmac } from 'node:crypto';
import type { Hmac, IntegrityHash } from '@waterbus/stun';

/** The HMACs of MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256. */
export const hmacs: Readonly<Record<IntegrityHash, Hmac>> = {
  sha1: (key, data) => createHmac('sha1', key).update(data).digest(),
  sha256: (key, data) => createHmac('sha256', key).update(data).digest(),
};
