import { equalBytes, padding, read16, read32, write16 } from './bytes.js';
import { fingerprint } from './fingerprint.js';
import {
  Attribute,
  FIRST_OPTIONAL,
  HEADER_BYTES,
  type Hmac,
  type IntegrityHash,
  MAGIC_COOKIE,
  TRANSACTION_ID_OFFSET,
} from './numbers.js';

/**
 * Whether bytes begin a STUN message: two zero bits and the magic cookie (RFC 8489 section 5).
 * Undefined until enough bytes have come.
 */
export function beginsStun(bytes: Uint8Array, offset = 0): boolean | undefined {
  if (bytes.length <= offset) return undefined;
  if (bytes[offset]! > 0x3f) return false;
  if (bytes.length < offset + TRANSACTION_ID_OFFSET) return undefined;
  return read32(bytes, offset + 4) === MAGIC_COOKIE;
}

/**
 * Reads a message, whose integrity remains to be checked. Undefined for bytes that are not exactly
 * one well-formed message (RFC 8489 section 6.3), or whose FINGERPRINT is wrong.
 */
export function parseStun(bytes: Uint8Array): StunMessage | undefined {
  if (bytes.length < HEADER_BYTES || !beginsStun(bytes)) return undefined;
  const length = read16(bytes, 2);
  if (length % 4 !== 0 || HEADER_BYTES + length !== bytes.length) return undefined;
  const message = new StunMessage(bytes);
  return message.readAttributes() ? message : undefined;
}

/**
 * One received message, read in place: offsets are those of `bytes`, which therefore must not
 * change before the message has been answered.
 */
export class StunMessage {
  /** Of each closing attribute's header; -1 without one. */
  private sha1At = -1;
  private sha256At = -1;
  private fingerprintAt = -1;
  private protectedEnd: number;

  constructor(readonly bytes: Uint8Array) {
    this.protectedEnd = bytes.length;
  }

  /** Method and class, as in `BindingType`. */
  get type(): number {
    return read16(this.bytes, 0);
  }

  get method(): number {
    const { type } = this;
    return (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
  }

  /** One of `MessageClass`. */
  get messageClass(): number {
    return ((this.type & 0x0010) >> 4) | ((this.type & 0x0100) >> 7);
  }

  get transactionId(): Uint8Array {
    return this.bytes.subarray(TRANSACTION_ID_OFFSET, HEADER_BYTES);
  }

  get hasFingerprint(): boolean {
    return this.fingerprintAt >= 0;
  }

  /** The hash of the integrity that the message carries, the stronger one if it carries both. */
  get integrityHash(): IntegrityHash | undefined {
    if (this.sha256At >= 0) return 'sha256';
    return this.sha1At >= 0 ? 'sha1' : undefined;
  }

  /** Offset of the first attribute of this type, -1 without one. */
  find(type: number): number {
    if (type === Attribute.MessageIntegrity) return this.sha1At;
    if (type === Attribute.MessageIntegritySha256) return this.sha256At;
    if (type === Attribute.Fingerprint) return this.fingerprintAt;
    return this.next(type, HEADER_BYTES);
  }

  /** The value of the first attribute of this type. */
  value(type: number): Uint8Array | undefined {
    const at = this.find(type);
    return at < 0 ? undefined : this.valueAt(at);
  }

  /** The values of all attributes of a type. */
  values(type: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let at = this.next(type, HEADER_BYTES); at >= 0; at = this.next(type, this.after(at))) {
      found.push(this.valueAt(at));
    }
    return found;
  }

  /**
   * The offsets of all attributes before the closing ones, without a lookup for each type:
   * `for (let at = HEADER_BYTES; at < message.end; at = message.after(at))`.
   */
  get end(): number {
    return this.protectedEnd;
  }

  after(at: number): number {
    const length = read16(this.bytes, at + 2);
    return at + 4 + length + padding(length);
  }

  typeAt(at: number): number {
    return read16(this.bytes, at);
  }

  /** Bytes of the value of the attribute at this offset. */
  lengthAt(at: number): number {
    return read16(this.bytes, at + 2);
  }

  /** The types that the receiver must know and does not, in their order. */
  unknown(known: ReadonlySet<number>): readonly number[] {
    let types: number[] | undefined;
    for (let at = HEADER_BYTES; at < this.protectedEnd; at = this.after(at)) {
      const type = read16(this.bytes, at);
      if (type >= FIRST_OPTIONAL || known.has(type)) continue;
      types ??= [];
      if (types.length < MOST_UNKNOWN) types.push(type);
    }
    return types ?? NONE;
  }

  /** Whether the integrity with this hash is that of `key` (RFC 8489 sections 14.5 and 14.6). */
  integrityHolds(hash: IntegrityHash, key: Uint8Array, hmac: Hmac): boolean {
    const at = hash === 'sha1' ? this.sha1At : this.sha256At;
    if (at < 0) return false;
    const length = this.lengthAt(at);
    const shortest = hash === 'sha1' ? INTEGRITY_BYTES.sha1 : SHORTEST_SHA256;
    if (length > INTEGRITY_BYTES[hash] || length < shortest || length % 4 !== 0) return false;
    // A copy also of a Buffer, whose `slice` is a view.
    const covered = new Uint8Array(this.bytes.subarray(0, at));
    // The length field counts up to the integrity's end, not the attributes after it.
    write16(covered, 2, at - HEADER_BYTES + 4 + length);
    const expected = hmac(key, covered);
    return equalBytes(expected.length === length ? expected : expected.subarray(0, length), this.valueAt(at));
  }

  /**
   * Checks the form of all attributes. Integrity protects those before it. RFC 8489 section 14.5
   * requires to ignore what follows it, except the other integrity and FINGERPRINT.
   */
  readAttributes(): boolean {
    const { bytes } = this;
    for (let at = HEADER_BYTES; at < bytes.length; at = this.after(at)) {
      // Attributes begin at multiples of four, as the whole ends at one: their headers are inside.
      if (at + 4 + this.lengthAt(at) > bytes.length) return false;
      if (!this.readClosing(read16(bytes, at), at)) return false;
    }
    return true;
  }

  private readClosing(type: number, at: number): boolean {
    const isProtected = this.sha1At < 0 && this.sha256At < 0;
    if (type === Attribute.Fingerprint) {
      // FINGERPRINT is the last attribute (RFC 8489 section 14.7).
      if (this.lengthAt(at) !== 4 || at + 8 !== this.bytes.length) return false;
      if (read32(this.bytes, at + 4) !== fingerprint(this.bytes, 0, at)) return false;
      this.fingerprintAt = at;
    } else if (type === Attribute.MessageIntegritySha256) {
      if (this.sha256At < 0) this.sha256At = at;
    } else if (type === Attribute.MessageIntegrity && isProtected) this.sha1At = at;
    else return true;
    if (isProtected) this.protectedEnd = at;
    return true;
  }

  private next(type: number, from: number): number {
    for (let at = from; at < this.protectedEnd; at = this.after(at)) if (read16(this.bytes, at) === type) return at;
    return -1;
  }

  private valueAt(at: number): Uint8Array {
    return this.bytes.subarray(at + 4, at + 4 + this.lengthAt(at));
  }
}

/** Bytes of the hashes. */
export const INTEGRITY_BYTES = { sha1: 20, sha256: 32 } as const;

/** RFC 8489 section 14.6 lets a usage truncate it to this. */
const SHORTEST_SHA256 = 16;

/** No legitimate request has more. Bounds the error answer, which lists them. */
const MOST_UNKNOWN = 16;

const NONE: readonly number[] = [];
