// Hot path: no allocation per packet.
import { EXTENSION_KINDS } from './extensions.js';

export const RtpRefusal = {
  None: 0,
  TooShort: 1,
  BadVersion: 2,
  BadContributors: 3,
  BadExtension: 4,
  BadPadding: 5,
} as const;

/**
 * One parsed RTP header (RFC 3550 section 5.1), reused for every packet. Offsets are absolute in
 * the parsed bytes.
 */
export class RtpHeader {
  marker = 0;
  payloadType = 0;
  sequenceNumber = 0;
  /** As int32. */
  timestamp = 0;
  /** As int32. */
  ssrc = 0;
  /**
   * Milliseconds; set by the caller that received the packet. As an argument it would be an object
   * for each packet.
   */
  arrivedAt = 0;
  payloadOffset = 0;
  /** Without padding. */
  payloadLength = 0;
  /** By `ExtensionKind`: offset and length of its value; offset 0 when the packet lacks it. */
  readonly extensionOffsets = new Int32Array(EXTENSION_KINDS);
  readonly extensionLengths = new Int32Array(EXTENSION_KINDS);

  /**
   * Reads the packet at `offset`. `kinds` maps this peer's extension ids to `ExtensionKind`, 0 for
   * none. Answers one of `RtpRefusal`; after any but `None` the fields are meaningless.
   */
  parse(bytes: Uint8Array, offset: number, length: number, kinds: Uint8Array): number {
    if (length < 12) return RtpRefusal.TooShort;
    const first = bytes[offset]!;
    if (first >> 6 !== 2) return RtpRefusal.BadVersion;
    const second = bytes[offset + 1]!;
    this.marker = second >> 7;
    this.payloadType = second & 0x7f;
    this.sequenceNumber = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    this.timestamp = read32(bytes, offset + 4);
    this.ssrc = read32(bytes, offset + 8);
    const end = offset + length;
    let at = offset + 12 + (first & 0x0f) * 4;
    if (at > end) return RtpRefusal.BadContributors;
    // Faster than `fill`, which is a call in V8.
    for (let kind = 0; kind < EXTENSION_KINDS; kind++) this.extensionOffsets[kind] = 0;
    if (first & 0x10) {
      if (at + 4 > end) return RtpRefusal.BadExtension;
      const profile = (bytes[at]! << 8) | bytes[at + 1]!;
      const size = ((bytes[at + 2]! << 8) | bytes[at + 3]!) * 4;
      at += 4;
      if (at + size > end) return RtpRefusal.BadExtension;
      if (profile === ONE_BYTE_PROFILE) this.readOneByte(bytes, at, at + size, kinds);
      else if ((profile & 0xfff0) === TWO_BYTE_PROFILE) this.readTwoByte(bytes, at, at + size, kinds);
      at += size;
    }
    let padding = 0;
    if (first & 0x20) {
      padding = bytes[end - 1]!;
      if (padding === 0 || at + padding > end) return RtpRefusal.BadPadding;
    }
    this.payloadOffset = at;
    this.payloadLength = end - at - padding;
    return RtpRefusal.None;
  }

  /**
   * Replaces the fields of an RTX packet by those of the packet that it repeats: the original
   * sequence number precedes the payload (RFC 4588 section 4). False for a shorter payload, which
   * is padding for probing: nothing changes then.
   */
  restoreOriginal(bytes: Uint8Array, ssrc: number, payloadType: number): boolean {
    if (this.payloadLength < ORIGINAL_NUMBER_BYTES) return false;
    const at = this.payloadOffset;
    this.sequenceNumber = (bytes[at]! << 8) | bytes[at + 1]!;
    this.payloadOffset = at + ORIGINAL_NUMBER_BYTES;
    this.payloadLength -= ORIGINAL_NUMBER_BYTES;
    this.ssrc = ssrc;
    this.payloadType = payloadType;
    return true;
  }

  /**
   * RFC 8285 section 4.2. An element that extends over the end stops the parser; the elements
   * before it count.
   */
  private readOneByte(bytes: Uint8Array, from: number, end: number, kinds: Uint8Array): void {
    for (let at = from; at < end; ) {
      const id = bytes[at]! >> 4;
      if (id === 0) {
        at++;
        continue;
      }
      if (id === 15) return;
      const length = (bytes[at]! & 0x0f) + 1;
      if (at + 1 + length > end) return;
      this.note(kinds[id]!, at + 1, length);
      at += 1 + length;
    }
  }

  /** RFC 8285 section 4.3. */
  private readTwoByte(bytes: Uint8Array, from: number, end: number, kinds: Uint8Array): void {
    for (let at = from; at < end; ) {
      const id = bytes[at]!;
      if (id === 0) {
        at++;
        continue;
      }
      if (at + 2 > end) return;
      const length = bytes[at + 1]!;
      if (at + 2 + length > end) return;
      if (length > 0) this.note(kinds[id]!, at + 2, length);
      at += 2 + length;
    }
  }

  private note(kind: number, offset: number, length: number): void {
    if (kind === 0) return;
    this.extensionOffsets[kind] = offset;
    this.extensionLengths[kind] = length;
  }
}

export function read32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** RFC 8285 sections 4.2 and 4.3; the low four bits of the two-byte profile are the application's. */
const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;
const ORIGINAL_NUMBER_BYTES = 2;
