import { crc32 } from 'node:zlib';
import { Attribute, HEADER_BYTES, MAGIC_COOKIE } from './constants.js';

export interface RawAttribute {
  type: number;
  value: Buffer;
  /** Of its header in the message. */
  offset: number;
}

/** A STUN message of a well-formed shape; its integrity is not checked yet. */
export interface Message {
  method: number;
  messageClass: number;
  transactionId: Buffer;
  /** In their order, without those that RFC 8489 section 14.5 requires to ignore. */
  attributes: RawAttribute[];
  bytes: Buffer;
}

/** Undefined for bytes that are not one whole STUN message. */
export function parseMessage(bytes: Buffer): Message | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0]! > 0x3f) return undefined;
  if (bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  const length = bytes.readUInt16BE(2);
  if (length % 4 !== 0 || HEADER_BYTES + length !== bytes.length) return undefined;
  const attributes = parseAttributes(bytes);
  if (!attributes) return undefined;
  const type = bytes.readUInt16BE(0);
  return {
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    messageClass: ((type & 0x0010) >> 4) | ((type & 0x0100) >> 7),
    transactionId: bytes.subarray(8, HEADER_BYTES),
    attributes,
    bytes,
  };
}

/** The value of the first attribute of this type. */
export function attributeOf({ attributes }: Message, type: number): Buffer | undefined {
  return attributes.find((attribute) => attribute.type === type)?.value;
}

function parseAttributes(bytes: Buffer): RawAttribute[] | undefined {
  const attributes: RawAttribute[] = [];
  /** The highest of the attributes that close a message so far. */
  let closing = 0;
  for (let offset = HEADER_BYTES; offset < bytes.length; ) {
    const type = bytes.readUInt16BE(offset);
    const end = offset + 4 + bytes.readUInt16BE(offset + 2);
    if (end > bytes.length) return undefined;
    const value = bytes.subarray(offset + 4, end);
    const order = CLOSING.indexOf(type);
    if (type === Attribute.Fingerprint && !fingerprintHolds(bytes, value, offset)) return undefined;
    if (order >= closing || closing === 0) attributes.push({ type, value, offset });
    closing = Math.max(closing, order + 1);
    offset = end + padding(end);
  }
  return attributes;
}

/** FINGERPRINT closes the message, so it is the last attribute (RFC 8489 section 14.7). */
function fingerprintHolds(bytes: Buffer, value: Buffer, offset: number): boolean {
  if (value.length !== 4 || offset + 8 !== bytes.length) return false;
  return value.readUInt32BE(0) === fingerprint(bytes.subarray(0, offset));
}

export function fingerprint(bytes: Buffer): number {
  return (crc32(bytes) ^ FINGERPRINT_MASK) >>> 0;
}

/** Zero bytes after an attribute, to a multiple of four. */
export function padding(length: number): number {
  return -length & 3;
}

/** Nothing but these may follow the first of them, and only in this order. */
const CLOSING: readonly number[] = [
  Attribute.MessageIntegrity,
  Attribute.MessageIntegritySha256,
  Attribute.Fingerprint,
];

/** "STUN", so that the checksum differs from that of a protocol that uses CRC-32 too. */
const FINGERPRINT_MASK = 0x5354554e;
