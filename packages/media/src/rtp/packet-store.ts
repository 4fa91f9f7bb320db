// Hot path: no allocation per packet.
import { ExtensionKind, passedThroughKinds, routerExtensionIds } from './extensions.js';
import type { RtpHeader } from './header.js';

/**
 * The bytes of every packet in flight through the engine: one ring shared by all streams. A packet is written once, in the
 * form in which it leaves (fixed header, the router's extensions, payload); whoever sends it patches header fields by
 * descriptor. A packet is known by its position, a number that only grows, so a stale reference can be told from a live one.
 */
export class PacketStore {
  /** Bytes ever written, including those skipped at the ring's end. */
  private head = 0;

  constructor(
    private readonly arena: Uint8Array,
    private readonly offset: number,
    private readonly size: number,
  ) {
    if (size < MIN_STORE_BYTES) throw new RangeError(`packet store of ${size} bytes, needs ${MIN_STORE_BYTES}`);
  }

  /** Writes the outgoing form of a packet and answers its position; its length is in `lastLength`. */
  write(header: RtpHeader, source: Uint8Array): number {
    const arena = this.arena;
    const position = this.reserve(MAX_HEADER_BYTES + header.payloadLength);
    const start = this.offset + (position % this.size);
    let at = start;
    arena[at] = 0x90; // Version 2, extension, no padding, no contributors.
    arena[at + 1] = header.marker << 7;
    // Sequence number, timestamp and SSRC (bytes 2-11) are written by whoever sends.
    arena[at + 12] = 0xbe;
    arena[at + 13] = 0xde;
    arena[at + 14] = 0;
    arena[at + TRANSPORT_WIDE_OFFSET - 1] = (routerExtensionIds[ExtensionKind.TransportWide]! << 4) | 1;
    arena[at + TRANSPORT_WIDE_OFFSET] = 0;
    arena[at + TRANSPORT_WIDE_OFFSET + 1] = 0;
    at += TRANSPORT_WIDE_OFFSET + 2;
    for (let i = 0; i < passedThroughKinds.length; i++) {
      const kind = passedThroughKinds[i]!;
      const from = header.extensionOffsets[kind]!;
      const length = header.extensionLengths[kind]!;
      if (from === 0 || length > 16) continue;
      arena[at++] = (routerExtensionIds[kind]! << 4) | (length - 1);
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

  /** Writes a packet without payload, for a number that a receiver waits for and that is to carry nothing. */
  writeEmpty(): number {
    const position = this.reserve(MAX_HEADER_BYTES);
    const start = this.offset + (position % this.size);
    this.arena.fill(0, start, start + EMPTY_BYTES);
    this.arena[start] = 0x90;
    this.arena[start + 12] = 0xbe;
    this.arena[start + 13] = 0xde;
    this.arena[start + 15] = 1;
    this.arena[start + TRANSPORT_WIDE_OFFSET - 1] = (routerExtensionIds[ExtensionKind.TransportWide]! << 4) | 1;
    this.lastLength = EMPTY_BYTES;
    this.head = position + EMPTY_BYTES;
    return position;
  }

  /** Length in bytes of the packet written last. */
  lastLength = 0;

  /** Whether the packet at this position has not been overwritten. */
  holds(position: number): boolean {
    return this.head - position <= this.size - MAX_HEADER_BYTES - MAX_PAYLOAD_BYTES;
  }

  /** Where in the arena a packet that the store holds begins. */
  arenaOffset(position: number): number {
    return this.offset + (position % this.size);
  }

  /** Where the next packet goes; the difference of two is what was written in between. */
  get position(): number {
    return this.head;
  }

  get bytes(): number {
    return this.size;
  }

  /** Packets never straddle the ring's end. */
  private reserve(length: number): number {
    const within = this.head % this.size;
    return within + length > this.size ? this.head + (this.size - within) : this.head;
  }
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

/** Where the transport-wide sequence number lies in every stored packet: fixed header, extension header, element header. */
export const TRANSPORT_WIDE_OFFSET = 17;
/** Fixed header 12, extension header 4, transport-wide 3, four passed-through elements of at most 17, alignment 3. */
const MAX_HEADER_BYTES = 12 + 4 + 3 + 4 * 17 + 3;
/** Fixed header 12, extension header 4, transport-wide 3, alignment 1. */
const EMPTY_BYTES = 20;
/** A UDP datagram's limit; nothing longer can come in. */
const MAX_PAYLOAD_BYTES = 65_535;
/** Room for a burst of the largest datagrams beside each other. */
const MIN_STORE_BYTES = 8 * (MAX_HEADER_BYTES + MAX_PAYLOAD_BYTES);
