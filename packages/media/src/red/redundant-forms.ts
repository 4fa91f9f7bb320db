// Hot path: no allocation per packet.
import type { PacketHistory } from '../store/packet-history.js';
import { type PacketStore, payloadLength } from '../store/packet-store.js';
import {
  FOLLOWS,
  MAX_BLOCK_BYTES,
  MAX_TIMESTAMP_OFFSET,
  PRIMARY_HEADER,
  REDUNDANT_HEADER,
} from './redundant-blocks.js';

/**
 * A producer's sound packets as RED (RFC 2198): each contains the payload of the packet before it,
 * so that a receiver that loses one plays it from the next. A form is written once, for all
 * receivers that get it, and never rewritten: its retransmissions must be identical.
 */
export class RedundantForms {
  private readonly sequences = new Float64Array(FORMS).fill(-1);
  readonly positions = new Float64Array(FORMS);
  readonly lengths = new Int32Array(FORMS);

  constructor(
    private readonly arena: Uint8Array,
    private readonly store: PacketStore,
    /** Payload type of Opus towards receivers. */
    private readonly payloadType: number,
  ) {}

  /** The slot of a form that is already written, or -1. */
  find(sequence: number): number {
    const slot = sequence & (FORMS - 1);
    return this.sequences[slot] === sequence && this.store.holds(this.positions[slot]!) ? slot : -1;
  }

  /**
   * The slot of a packet's form, written now if necessary; -1 when the history does not hold the
   * packet.
   */
  of(history: PacketHistory, sequence: number): number {
    const known = this.find(sequence);
    if (known >= 0) return known;
    const primary = history.find(sequence);
    if (primary < 0 || !this.store.holds(history.position(primary))) return -1;
    const slot = sequence & (FORMS - 1);
    this.positions[slot] = this.write(history, primary, sequence);
    this.lengths[slot] = this.store.lastLength;
    this.sequences[slot] = sequence;
    return slot;
  }

  private write(history: PacketHistory, primary: number, sequence: number): number {
    const { arena, store } = this;
    const length = history.length(primary);
    const redundant = this.redundantSlot(history, primary, sequence);
    const redundantBytes = redundant < 0 ? 0 : this.payloadBytes(history, redundant);
    const overhead = PRIMARY_HEADER + (redundant < 0 ? 0 : REDUNDANT_HEADER + redundantBytes);
    // Claiming must not overwrite the payloads read here: the store holds far more than one packet
    // beyond the positions that it gives up.
    const position = store.claim(length + overhead);
    const from = store.arenaOffset(history.position(primary));
    const payload = payloadLength(arena, from, length);
    const head = length - payload;
    let at = store.arenaOffset(position);
    arena.copyWithin(at, from, from + head);
    at += head;
    if (redundant >= 0) {
      const offset = (history.timestamp(primary) - history.timestamp(redundant)) | 0;
      arena[at++] = FOLLOWS | this.payloadType;
      arena[at++] = offset >> 6;
      arena[at++] = ((offset & 0x3f) << 2) | (redundantBytes >> 8);
      arena[at++] = redundantBytes & 0xff;
    }
    arena[at++] = this.payloadType;
    if (redundant >= 0) {
      const end = store.arenaOffset(history.position(redundant)) + history.length(redundant);
      arena.copyWithin(at, end - redundantBytes, end);
      at += redundantBytes;
    }
    arena.copyWithin(at, from + head, from + length);
    return position;
  }

  /**
   * The packet before, if its payload fits a redundant block; otherwise -1, for example after a
   * pause.
   */
  private redundantSlot(history: PacketHistory, primary: number, sequence: number): number {
    const slot = history.find(sequence - 1);
    if (slot < 0 || history.length(slot) === 0 || !this.store.holds(history.position(slot))) return -1;
    const offset = (history.timestamp(primary) - history.timestamp(slot)) | 0;
    if (offset <= 0 || offset > MAX_TIMESTAMP_OFFSET) return -1;
    const bytes = this.payloadBytes(history, slot);
    return bytes > 0 && bytes <= MAX_BLOCK_BYTES ? slot : -1;
  }

  private payloadBytes(history: PacketHistory, slot: number): number {
    return payloadLength(this.arena, this.store.arenaOffset(history.position(slot)), history.length(slot));
  }
}

/** As many as a sound's history holds; power of two. */
const FORMS = 64;
