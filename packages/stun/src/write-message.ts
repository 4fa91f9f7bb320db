import { padding } from './bytes.js';
import { INTEGRITY_BYTES } from './message.js';
import { type ErrorCode, HEADER_BYTES, type Hmac, type IntegrityHash, reasons } from './numbers.js';
import { FINGERPRINT_ATTRIBUTE_BYTES, StunWriter } from './writer.js';

export type NewAttribute = readonly [type: number, value: Uint8Array];

export interface NewMessage {
  method: number;
  messageClass: number;
  transactionId: Uint8Array;
  attributes: readonly NewAttribute[];
  integrity?: { hash: IntegrityHash; key: Uint8Array; hmac: Hmac } | undefined;
  fingerprint?: boolean;
}

/** A message in memory of its own. */
export function writeMessage(message: NewMessage): Uint8Array {
  const { integrity } = message;
  const bytes = new Uint8Array(lengthOf(message));
  const writer = new StunWriter(bytes).begin(typeOf(message), message.transactionId, 0);
  for (const [type, value] of message.attributes) writer.attribute(type, value);
  if (integrity) writer.integrity(integrity.hash, integrity.key, integrity.hmac);
  if (message.fingerprint) writer.fingerprint();
  writer.finish();
  return bytes;
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The value of ERROR-CODE (RFC 8489 section 14.8), with its reason. */
export function errorValue(code: ErrorCode): Uint8Array {
  const reason = Array.from(reasons[code], (character) => character.charCodeAt(0));
  return Uint8Array.of(0, 0, Math.floor(code / 100), code % 100, ...reason);
}

function typeOf({ method, messageClass }: NewMessage): number {
  const methodBits = (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2);
  return methodBits | ((messageClass & 1) << 4) | ((messageClass & 2) << 7);
}

function lengthOf({ attributes, integrity, fingerprint }: NewMessage): number {
  let length = HEADER_BYTES;
  for (const [, value] of attributes) length += 4 + value.length + padding(value.length);
  if (integrity) length += 4 + INTEGRITY_BYTES[integrity.hash];
  return fingerprint ? length + FINGERPRINT_ATTRIBUTE_BYTES : length;
}
