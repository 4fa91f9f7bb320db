import { Attribute, type ErrorCode, HEADER_BYTES, MAGIC_COOKIE, reasons } from './constants.js';
import { attributeOfHash, type IntegrityHash, integrity, SHA1_BYTES, SHA256_BYTES } from './integrity.js';
import { fingerprint, padding } from './message.js';

export type NewAttribute = readonly [type: number, value: Buffer];

export interface NewMessage {
  method: number;
  messageClass: number;
  transactionId: Buffer;
  attributes: readonly NewAttribute[];
  integrity?: { hash: IntegrityHash; key: Buffer } | undefined;
  fingerprint?: boolean;
}

export function writeMessage(message: NewMessage): Buffer {
  const { method, messageClass, transactionId } = message;
  const header = Buffer.alloc(HEADER_BYTES);
  const methodBits = (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2);
  header.writeUInt16BE(methodBits | ((messageClass & 1) << 4) | ((messageClass & 2) << 7), 0);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(header, 8);
  let bytes = Buffer.concat([header, ...message.attributes.map(([type, value]) => attribute(type, value))]);
  if (message.integrity) {
    const { hash, key } = message.integrity;
    const size = hash === 'sha1' ? SHA1_BYTES : SHA256_BYTES;
    bytes = Buffer.concat([bytes, attribute(attributeOfHash(hash), integrity(bytes, size, hash, key))]);
  }
  if (message.fingerprint) {
    bytes.writeUInt16BE(bytes.length - HEADER_BYTES + 8, 2);
    bytes = Buffer.concat([bytes, attribute(Attribute.Fingerprint, uint32(fingerprint(bytes)))]);
  }
  bytes.writeUInt16BE(bytes.length - HEADER_BYTES, 2);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The value of ERROR-CODE (RFC 8489 section 14.8). */
export function errorValue(code: ErrorCode): Buffer {
  const numbers = Buffer.from([0, 0, Math.floor(code / 100), code % 100]);
  return Buffer.concat([numbers, Buffer.from(reasons[code])]);
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + value.length + padding(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}
