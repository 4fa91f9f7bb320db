// Hot path: no allocation per packet.
import type { FrameInfo } from '../codecs/frame-info.js';
import { ExtensionKind, passedThroughKinds, routerExtensionIds } from '../rtp/extensions.js';
import type { RtpHeader } from '../rtp/header.js';
import { copyWithMask } from './descriptor-mask.js';

/**
 * The bytes of every packet in flight through the engine: one ring shared by all streams. A packet
 * is written once, in its outgoing form (fixed header, the router's extensions, payload); its
 * senders patch header fields by descriptor. A packet is identified by its position, a number that
 * only grows, which distinguishes a stale reference from a live one.
 */
export class PacketStore {
  /** Total bytes written, including those skipped at the ring's end. */
  private head = 0;
  /** The position at which the ring's present round began. */
  private round = 0;

  constructor(
    private readonly arena: Uint8Array,
    private readonly offset: number,
    private readonly size: number,
  ) {
    if (size < MIN_STORE_BYTES) throw new RangeError(`packet store of ${size} bytes, needs ${MIN_STORE_BYTES}`);
  }

  /**
   * Writes the outgoing form of a packet and answers its position; its length is in `lastLength`.
   * `frame` is given for a codec whose receivers need its dependency descriptor.
   */
  write(header: RtpHeader, source: Uint8Array, frame?: FrameInfo): number {
    const arena = this.arena;
    const position = this.reserve(MAX_HEADER_BYTES + header.payloadLength);
    const start = this.offset + position - this.round;
    const descriptorBytes = frame === undefined ? 0 : descriptorLength(header, frame);
    // RFC 8285 section 4.2: a one-byte element header allows 16 bytes at most.
    const isLong = descriptorBytes > 16;
    let at = start;
    arena[at] = 0x90; // Version 2, extension, no padding, no contributors.
    arena[at + 1] = header.marker << 7;
    // The sender writes sequence number, timestamp and SSRC (bytes 2-11).
    arena[at + 12] = isLong ? 0x10 : 0xbe;
    arena[at + 13] = isLong ? 0x00 : 0xde;
    arena[at + 14] = 0;
    at = this.beginElement(start + 16, ExtensionKind.TransportWide, 2, isLong);
    arena[at++] = 0;
    arena[at++] = 0;
    if (descriptorBytes > 0) {
      at = this.beginElement(at, ExtensionKind.DependencyDescriptor, descriptorBytes, isLong);
      this.writeDescriptor(header, source, frame!, at);
      at += descriptorBytes;
    }
    for (let i = 0; i < passedThroughKinds.length; i++) {
      const kind = passedThroughKinds[i]!;
      const from = header.extensionOffsets[kind]!;
      const length = header.extensionLengths[kind]!;
      if (from === 0 || length > 16) continue;
      at = this.beginElement(at, kind, length, isLong);
      for (let j = 0; j < length; j++) arena[at++] = source[from + j]!;
    }
    const extensionStart = start + 16;
    while ((at - extensionStart) & 3) arena[at++] = 0;
    arena[start + 15] = (at - extensionStart) >> 2;
    copy(source, header.payloadOffset, arena, at, header.payloadLength);
    this.lastLength = at - start + header.payloadLength;
    this.head = position + this.lastLength;
    return position;
  }

  /** Writes a packet without payload, with this much padding, for a number without content. */
  writeEmpty(padding = 0): number {
    const { arena } = this;
    const position = this.reserve(MAX_HEADER_BYTES + padding);
    const start = this.offset + position - this.round;
    arena.fill(0, start, start + EMPTY_BYTES + padding);
    arena[start] = padding > 0 ? 0xb0 : 0x90;
    arena[start + 12] = 0xbe;
    arena[start + 13] = 0xde;
    arena[start + 15] = 1;
    arena[start + TRANSPORT_WIDE_OFFSET - 1] = (routerExtensionIds[ExtensionKind.TransportWide]! << 4) | 1;
    this.lastLength = EMPTY_BYTES + padding;
    if (padding > 0) arena[start + this.lastLength - 1] = padding;
    this.head = position + this.lastLength;
    return position;
  }

  /** Reserves room for a packet that the caller writes, and answers its position. */
  claim(length: number): number {
    const position = this.reserve(length);
    this.lastLength = length;
    this.head = position + length;
    return position;
  }

  /** Length in bytes of the last written packet. */
  lastLength = 0;

  /**
   * Whether the packet at this position is stored, and stays so until `bytesUntilFlush` more have
   * been written.
   */
  holds(position: number): boolean {
    return this.head - position <= this.size - this.bytesUntilFlush - MAX_HEADER_BYTES - MAX_PAYLOAD_BYTES;
  }

  /**
   * Bytes that may be written while packets wait in the send queue: another room must not overwrite
   * waiting packets.
   */
  get bytesUntilFlush(): number {
    return this.size / 4;
  }

  /** Arena offset of a packet that the store holds. */
  arenaOffset(position: number): number {
    // A division of numbers as large as positions costs as much as a cache miss.
    const within = position - this.round;
    return this.offset + (within < 0 ? within + this.size : within);
  }

  /**
   * The next packet's position; the difference of two positions is the number of bytes written in
   * between.
   */
  get position(): number {
    return this.head;
  }

  private beginElement(at: number, kind: number, length: number, isLong: boolean): number {
    const id = routerExtensionIds[kind]!;
    if (!isLong) {
      this.arena[at] = (id << 4) | (length - 1);
      return at + 1;
    }
    this.arena[at] = id;
    this.arena[at + 1] = length;
    return at + 2;
  }

  private writeDescriptor(header: RtpHeader, source: Uint8Array, frame: FrameInfo, at: number): void {
    const from = header.extensionOffsets[ExtensionKind.DependencyDescriptor]!;
    const length = header.extensionLengths[ExtensionKind.DependencyDescriptor]!;
    if (needsMask(frame)) copyWithMask(source, from, length, frame.maskBit, frame.decodeTargets, this.arena, at);
    else for (let i = 0; i < length; i++) this.arena[at + i] = source[from + i]!;
  }

  /** Packets never straddle the ring's end. */
  private reserve(length: number): number {
    if (this.head - this.round + length > this.size) {
      this.round += this.size;
      this.head = this.round;
    }
    return this.head;
  }
}

/**
 * Length of the dependency descriptor in a packet's outgoing form; 0 without one, or when it
 * exceeds one element.
 */
function descriptorLength(header: RtpHeader, frame: FrameInfo): number {
  if (header.extensionOffsets[ExtensionKind.DependencyDescriptor] === 0) return 0;
  let bits = header.extensionLengths[ExtensionKind.DependencyDescriptor]! * 8;
  if (needsMask(frame)) bits = Math.max(bits, frame.maskBit) + frame.decodeTargets;
  const length = (bits + 7) >> 3;
  return length <= MAX_DESCRIPTOR_BYTES ? length : 0;
}

/** A receiver with fewer layers must see which remain. */
function needsMask(frame: FrameInfo): boolean {
  return frame.decodeTargets > 1 && !frame.hasMask;
}

/**
 * Offset of the transport-wide number in a stored packet: after an element header of one or two
 * bytes.
 */
export function transportWideOffset(arena: Uint8Array, offset: number): number {
  return arena[offset + 12] === 0x10 ? TRANSPORT_WIDE_OFFSET + 1 : TRANSPORT_WIDE_OFFSET;
}

/** Offset of the dependency descriptor in a stored packet, relative to it; 0 when it has none. */
export function descriptorOffset(arena: Uint8Array, offset: number): number {
  const id = routerExtensionIds[ExtensionKind.DependencyDescriptor]!;
  if (arena[offset + 12] === 0x10) return arena[offset + 20] === id ? 22 : 0;
  return arena[offset + 19]! >> 4 === id ? 20 : 0;
}

/** Length of the dependency descriptor. */
export function descriptorBytes(arena: Uint8Array, offset: number): number {
  return arena[offset + 12] === 0x10 ? arena[offset + 21]! : (arena[offset + 19]! & 0x0f) + 1;
}

/** Bytes before the payload of a stored packet. */
export function headerLength(arena: Uint8Array, offset: number): number {
  return 16 + arena[offset + 15]! * 4;
}

/** Bytes of payload of a stored packet. */
export function payloadLength(arena: Uint8Array, offset: number, length: number): number {
  return length - headerLength(arena, offset);
}

function copy(source: Uint8Array, from: number, arena: Uint8Array, to: number, length: number): void {
  if (source === arena) arena.copyWithin(to, from, from + length);
  else for (let i = 0; i < length; i++) arena[to + i] = source[from + i]!;
}

/**
 * Offset of the transport-wide sequence number in most stored packets: fixed header, extension
 * header, element header.
 */
export const TRANSPORT_WIDE_OFFSET = 17;
/** Capacity of one element; three spatial and three temporal layers take about a hundred bytes. */
const MAX_DESCRIPTOR_BYTES = 255;
/** Fixed header 12, extension header 4, transport-wide 4, descriptor, four passed-through elements of at most 18, alignment 3. */
const MAX_HEADER_BYTES = 12 + 4 + 4 + 2 + MAX_DESCRIPTOR_BYTES + 4 * 18 + 3;
/** Fixed header 12, extension header 4, transport-wide 3, alignment 1. */
const EMPTY_BYTES = 20;
/** The largest count in the last byte of padding. */
export const MAX_PADDING_BYTES = 255;
/** The limit of a UDP datagram; nothing longer arrives. */
const MAX_PAYLOAD_BYTES = 65_535;
/** Room for a burst of the largest datagrams beside each other. */
const MIN_STORE_BYTES = 8 * (MAX_HEADER_BYTES + MAX_PAYLOAD_BYTES);
