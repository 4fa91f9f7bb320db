import {
  COMPREHENSION_OPTIONAL,
  FINGERPRINT_ATTRIBUTE_BYTES,
  FINGERPRINT_XOR,
  INTEGRITY_ATTRIBUTE_BYTES,
  MAGIC_COOKIE,
  STUN_HEADER_BYTES,
  StunAttribute,
} from './attributes.js';
import { crc32 } from './crc32.js';

export type HmacSha1 = (key: Uint8Array, data: Uint8Array) => Uint8Array;

/** One received message. Offsets are relative to the first byte of `bytes`. */
export interface StunMessage {
  /** Class and method bits; one of `StunType` for the messages that the engine handles. */
  type: number;
  bytes: Uint8Array;
  username?: string;
  priority?: number;
  /** Tie-breaker attributes: only their presence matters to a lite agent. */
  controlling: boolean;
  controlled: boolean;
  useCandidate: boolean;
  hasFingerprint: boolean;
  /** Where MESSAGE-INTEGRITY starts, -1 without one. */
  integrityOffset: number;
  /** Unknown comprehension-required attributes. */
  unknown: number[];
}

export type StunRefusal = 'too-short' | 'not-stun' | 'bad-length' | 'bad-attribute' | 'bad-fingerprint';

/** Reads a message (RFC 8489 section 6). Answers the reason when the bytes are no STUN message. */
export function parseStun(datagram: Uint8Array): StunMessage | StunRefusal {
  if (datagram.length < STUN_HEADER_BYTES) return 'too-short';
  if ((datagram[0]! & 0xc0) !== 0 || read32(datagram, 4) !== MAGIC_COOKIE) return 'not-stun';
  const end = STUN_HEADER_BYTES + read16(datagram, 2);
  if (end !== datagram.length || end % 4 !== 0) return 'bad-length';
  const message: StunMessage = {
    type: read16(datagram, 0),
    bytes: datagram,
    controlling: false,
    controlled: false,
    useCandidate: false,
    hasFingerprint: false,
    integrityOffset: -1,
    unknown: [],
  };
  for (let at = STUN_HEADER_BYTES; at < end; ) {
    if (at + 4 > end) return 'bad-attribute';
    const length = read16(datagram, at + 2);
    if (at + 4 + length > end) return 'bad-attribute';
    if (message.hasFingerprint) return 'bad-attribute'; // FINGERPRINT is the last one (RFC 8489 section 14.7).
    const refusal = readAttribute(message, read16(datagram, at), at, length);
    if (refusal) return refusal;
    at += 4 + ((length + 3) & ~3);
  }
  return message;
}

/** Whether MESSAGE-INTEGRITY was made with this password (RFC 8489 section 14.5). */
export function checkIntegrity(message: StunMessage, password: Uint8Array, hmacSha1: HmacSha1): boolean {
  const at = message.integrityOffset;
  if (at < 0) return false;
  const signed = message.bytes.slice(0, at);
  // The length field counts up to and including MESSAGE-INTEGRITY, not the attributes after it.
  const length = at + INTEGRITY_ATTRIBUTE_BYTES - STUN_HEADER_BYTES;
  signed[2] = length >> 8;
  signed[3] = length & 0xff;
  const expected = hmacSha1(password, signed);
  let difference = 0;
  for (let i = 0; i < 20; i++) difference |= expected[i]! ^ message.bytes[at + 4 + i]!;
  return difference === 0;
}

function readAttribute(message: StunMessage, type: number, at: number, length: number): StunRefusal | undefined {
  const bytes = message.bytes;
  if (type === StunAttribute.Fingerprint) {
    if (length !== FINGERPRINT_ATTRIBUTE_BYTES - 4) return 'bad-attribute';
    if (read32(bytes, at + 4) !== (crc32(bytes, 0, at) ^ FINGERPRINT_XOR) >>> 0) return 'bad-fingerprint';
    message.hasFingerprint = true;
    return undefined;
  }
  // Attributes after MESSAGE-INTEGRITY are unprotected and therefore ignored (RFC 8489 section
  // 14.5).
  if (message.integrityOffset >= 0) return undefined;
  switch (type) {
    case StunAttribute.MessageIntegrity:
      if (length !== INTEGRITY_ATTRIBUTE_BYTES - 4) return 'bad-attribute';
      message.integrityOffset = at;
      return undefined;
    case StunAttribute.Username:
      message.username ??= latin1(bytes, at + 4, length);
      return undefined;
    case StunAttribute.Priority:
      if (length !== 4) return 'bad-attribute';
      message.priority = read32(bytes, at + 4);
      return undefined;
    case StunAttribute.UseCandidate:
      message.useCandidate = true;
      return undefined;
    case StunAttribute.IceControlling:
      if (length !== 8) return 'bad-attribute';
      message.controlling = true;
      return undefined;
    case StunAttribute.IceControlled:
      if (length !== 8) return 'bad-attribute';
      message.controlled = true;
      return undefined;
    default:
      if (type < COMPREHENSION_OPTIONAL && message.unknown.length < MAX_UNKNOWN) message.unknown.push(type);
      return undefined;
  }
}

function read16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function read32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/**
 * ICE user names are ASCII (RFC 8839 section 5.4). Other bytes match no local user name, so UTF-8
 * decoding is unnecessary.
 */
function latin1(bytes: Uint8Array, offset: number, length: number): string {
  let text = '';
  for (let i = offset; i < offset + length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** No legitimate request has more. Bounds the error answer, which lists them. */
const MAX_UNKNOWN = 16;
