import {
  FINGERPRINT_ATTRIBUTE_BYTES,
  FINGERPRINT_XOR,
  INTEGRITY_ATTRIBUTE_BYTES,
  MAGIC_COOKIE,
  STUN_HEADER_BYTES,
  StunAttribute,
} from './attributes.js';
import { crc32 } from './crc32.js';
import type { HmacSha1 } from './parse.js';

/** Writes one STUN message into given memory; `finish` answers its length. */
export class StunBuilder {
  private end = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly offset: number,
  ) {}

  /** Starts a message with the transaction id found at `transactionOffset` of `from`. */
  begin(type: number, from: Uint8Array, transactionOffset: number): this {
    this.end = this.offset;
    this.put16(type);
    this.put16(0);
    this.put32(MAGIC_COOKIE);
    for (let i = 0; i < 12; i++) this.bytes[this.end++] = from[transactionOffset + i]!;
    return this;
  }

  /** XOR-MAPPED-ADDRESS (RFC 8489 section 14.2) of the address record at `addressOffset` of `arena`. */
  xorMappedAddress(arena: Uint8Array, addressOffset: number): this {
    const length = arena[addressOffset] === 6 ? 16 : 4;
    this.put16(StunAttribute.XorMappedAddress);
    this.put16(4 + length);
    this.put16(length === 16 ? 2 : 1);
    // The key is the magic cookie followed by the transaction id: the 16 bytes from byte 4 of the message on.
    const key = this.offset + 4;
    for (let i = 0; i < 2; i++) this.bytes[this.end++] = arena[addressOffset + 2 + i]! ^ this.bytes[key + i]!;
    for (let i = 0; i < length; i++) this.bytes[this.end++] = arena[addressOffset + 4 + i]! ^ this.bytes[key + i]!;
    return this;
  }

  /**
   * ERROR-CODE (RFC 8489 section 14.8) with an empty reason phrase: no receiver reads it, and an
   * answer must not be longer than its request.
   */
  errorCode(code: number): this {
    this.put16(StunAttribute.ErrorCode);
    this.put16(4);
    this.put32((Math.floor(code / 100) << 8) | (code % 100));
    return this;
  }

  unknownAttributes(types: readonly number[]): this {
    this.put16(StunAttribute.UnknownAttributes);
    this.put16(types.length * 2);
    for (const type of types) this.put16(type);
    if (types.length % 2 === 1) this.put16(0);
    return this;
  }

  messageIntegrity(password: Uint8Array, hmacSha1: HmacSha1): this {
    this.setLength(this.end + INTEGRITY_ATTRIBUTE_BYTES);
    const digest = hmacSha1(password, this.bytes.subarray(this.offset, this.end));
    this.put16(StunAttribute.MessageIntegrity);
    this.put16(INTEGRITY_ATTRIBUTE_BYTES - 4);
    for (let i = 0; i < INTEGRITY_ATTRIBUTE_BYTES - 4; i++) this.bytes[this.end++] = digest[i]!;
    return this;
  }

  /** Adds FINGERPRINT and answers the message's length in bytes. */
  finish(): number {
    this.setLength(this.end + FINGERPRINT_ATTRIBUTE_BYTES);
    const crc = crc32(this.bytes, this.offset, this.end - this.offset) ^ FINGERPRINT_XOR;
    this.put16(StunAttribute.Fingerprint);
    this.put16(FINGERPRINT_ATTRIBUTE_BYTES - 4);
    this.put32(crc);
    return this.end - this.offset;
  }

  /** Answers the message's length in bytes, without FINGERPRINT. */
  finishPlain(): number {
    this.setLength(this.end);
    return this.end - this.offset;
  }

  private setLength(end: number): void {
    const length = end - this.offset - STUN_HEADER_BYTES;
    this.bytes[this.offset + 2] = length >> 8;
    this.bytes[this.offset + 3] = length & 0xff;
  }

  private put16(value: number): void {
    this.bytes[this.end++] = (value >> 8) & 0xff;
    this.bytes[this.end++] = value & 0xff;
  }

  private put32(value: number): void {
    this.put16(value >>> 16);
    this.put16(value & 0xffff);
  }
}

/** The longest answer: header, one v6 address, sixteen unknown attributes, integrity and fingerprint, rounded up. */
export const MAX_STUN_ANSWER_BYTES = 256;
