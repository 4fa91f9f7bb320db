import { xorAddress } from './address.js';
import { padding, write16, write32 } from './bytes.js';
import { fingerprint } from './fingerprint.js';
import { INTEGRITY_BYTES } from './message.js';
import {
  AddressFamily,
  Attribute,
  HEADER_BYTES,
  type Hmac,
  type IntegrityHash,
  MAGIC_COOKIE,
  TRANSACTION_ID_BYTES,
  TRANSACTION_ID_OFFSET,
} from './numbers.js';

/** Writes one message into given memory; `finish` answers its length. */
export class StunWriter {
  private end = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly offset = 0,
  ) {}

  /** Starts a message with the transaction id found at `transactionOffset` of `from`. */
  begin(type: number, from: Uint8Array, transactionOffset: number): this {
    const { bytes, offset } = this;
    write16(bytes, offset, type);
    write32(bytes, offset + 4, MAGIC_COOKIE);
    const at = offset + TRANSACTION_ID_OFFSET;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) bytes[at + i] = from[transactionOffset + i]!;
    this.end = offset + HEADER_BYTES;
    return this;
  }

  attribute(type: number, value: Uint8Array): this {
    const at = this.header(type, value.length);
    this.bytes.set(value, at);
    return this;
  }

  /**
   * An XOR address attribute (RFC 8489 section 14.2) of a port and the `length` bytes of an address
   * after it, at `at` of `from`.
   */
  xorAddress(type: number, from: Uint8Array, at: number, length: 4 | 16): this {
    const value = this.header(type, 4 + length);
    this.bytes[value] = 0;
    this.bytes[value + 1] = length === 4 ? AddressFamily.IPv4 : AddressFamily.IPv6;
    xorAddress(this.bytes, value + 2, from, at, length, this.bytes, this.offset + 4);
    return this;
  }

  /**
   * ERROR-CODE (RFC 8489 section 14.8) with an empty reason phrase: no receiver reads it, and an
   * answer must not be longer than its request.
   */
  errorCode(code: number): this {
    write32(this.bytes, this.header(Attribute.ErrorCode, 4), (Math.floor(code / 100) << 8) | (code % 100));
    return this;
  }

  unknownAttributes(types: readonly number[]): this {
    let at = this.header(Attribute.UnknownAttributes, types.length * 2);
    for (const type of types) {
      write16(this.bytes, at, type);
      at += 2;
    }
    return this;
  }

  /** MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256 (RFC 8489 sections 14.5 and 14.6). */
  integrity(hash: IntegrityHash, key: Uint8Array, hmac: Hmac): this {
    const length = INTEGRITY_BYTES[hash];
    this.setLength(this.end + 4 + length);
    const digest = hmac(key, this.bytes.subarray(this.offset, this.end));
    const type = hash === 'sha1' ? Attribute.MessageIntegrity : Attribute.MessageIntegritySha256;
    const at = this.header(type, length);
    for (let i = 0; i < length; i++) this.bytes[at + i] = digest[i]!;
    return this;
  }

  /** FINGERPRINT (RFC 8489 section 14.7), the last attribute. */
  fingerprint(): this {
    this.setLength(this.end + FINGERPRINT_ATTRIBUTE_BYTES);
    const value = fingerprint(this.bytes, this.offset, this.end - this.offset);
    write32(this.bytes, this.header(Attribute.Fingerprint, 4), value);
    return this;
  }

  /** Answers the message's length in bytes. */
  finish(): number {
    this.setLength(this.end);
    return this.end - this.offset;
  }

  /** Answers the offset of the value, and moves behind it and its padding. */
  private header(type: number, length: number): number {
    write16(this.bytes, this.end, type);
    write16(this.bytes, this.end + 2, length);
    const at = this.end + 4;
    this.end = at + length;
    for (let rest = padding(length); rest > 0; rest--) this.bytes[this.end++] = 0;
    return at;
  }

  private setLength(end: number): void {
    write16(this.bytes, this.offset + 2, end - this.offset - HEADER_BYTES);
  }
}

export const FINGERPRINT_ATTRIBUTE_BYTES = 8;
