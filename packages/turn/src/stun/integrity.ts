import { createHmac, timingSafeEqual } from 'node:crypto';
import { Attribute } from './constants.js';
import type { Message } from './message.js';

/** The hash of a message's integrity: MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256. */
export type IntegrityHash = 'sha1' | 'sha256';

/** The hash of the integrity that a message carries, the stronger one if it carries both. */
export function integrityHashOf({ attributes }: Message): IntegrityHash | undefined {
  if (attributes.some(({ type }) => type === Attribute.MessageIntegritySha256)) return 'sha256';
  return attributes.some(({ type }) => type === Attribute.MessageIntegrity) ? 'sha1' : undefined;
}

/** Whether the integrity with this hash is that of `key` (RFC 8489 sections 14.5 and 14.6). */
export function integrityHolds(message: Message, hash: IntegrityHash, key: Buffer): boolean {
  const type = attributeOfHash(hash);
  const found = message.attributes.find((attribute) => attribute.type === type);
  if (!found) return false;
  const { value, offset } = found;
  const whole = hash === 'sha1' ? SHA1_BYTES : SHA256_BYTES;
  const shortest = hash === 'sha1' ? SHA1_BYTES : SHORTEST_SHA256;
  if (value.length > whole || value.length < shortest || value.length % 4 !== 0) return false;
  const expected = integrity(message.bytes.subarray(0, offset), value.length, hash, key);
  return timingSafeEqual(expected.subarray(0, value.length), value);
}

/** Over a message up to the attribute, with the header's length as if it ended the message. */
export function integrity(before: Buffer, valueBytes: number, hash: IntegrityHash, key: Buffer): Buffer {
  const covered = Buffer.from(before);
  covered.writeUInt16BE(before.length - 20 + 4 + valueBytes, 2);
  return createHmac(hash, key).update(covered).digest();
}

export function attributeOfHash(hash: IntegrityHash): number {
  return hash === 'sha1' ? Attribute.MessageIntegrity : Attribute.MessageIntegritySha256;
}

export const SHA1_BYTES = 20;
export const SHA256_BYTES = 32;
/** RFC 8489 section 14.6 lets a usage truncate it to this. */
const SHORTEST_SHA256 = 16;
