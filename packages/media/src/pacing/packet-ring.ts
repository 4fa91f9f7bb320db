// Hot path: no allocation per packet (only when more packets wait than ever before).
import { type OutgoingPacket, PACKET_WORDS } from '../port/outgoing-packet.js';

/**
 * A queue of waiting packets, first in, first out. It holds their descriptions; the bytes stay in
 * the packet store.
 */
export class PacketRing {
  count = 0;
  /** Without dropped packets. */
  bytes = 0;
  private words = new Int32Array(0);
  private positions = new Float64Array(0);
  private times = new Float64Array(0);
  private capacity = 0;
  private head = 0;

  /** When the first packet was queued, milliseconds. */
  get firstTime(): number {
    return this.times[this.head]!;
  }

  get firstPosition(): number {
    return this.positions[this.head]!;
  }

  get firstLength(): number {
    return this.words[this.head * PACKET_WORDS]!;
  }

  get firstSsrc(): number {
    return this.words[this.head * PACKET_WORDS + SSRC_WORD]!;
  }

  /** False when the queue is full. */
  push(packet: OutgoingPacket, now: number): boolean {
    if (this.count === this.capacity && !this.grow()) return false;
    const slot = (this.head + this.count) % this.capacity;
    packet.save(this.words, slot * PACKET_WORDS);
    this.positions[slot] = packet.position;
    this.times[slot] = now;
    this.count++;
    this.bytes += packet.length;
    return true;
  }

  /** Moves the first packet into `packet`. */
  shift(packet: OutgoingPacket): void {
    packet.load(this.words, this.head * PACKET_WORDS);
    packet.position = this.positions[this.head]!;
    this.skip();
  }

  /** Drops the first packet. */
  skip(): void {
    this.bytes -= this.words[this.head * PACKET_WORDS]!;
    this.head = (this.head + 1) % this.capacity;
    this.count--;
  }

  /** Drops all packets of a stream, and answers how many. */
  drop(ssrc: number): number {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const from = (this.head + i) % this.capacity;
      if (this.words[from * PACKET_WORDS + SSRC_WORD] === ssrc) {
        this.bytes -= this.words[from * PACKET_WORDS]!;
        continue;
      }
      const to = (this.head + kept++) % this.capacity;
      if (to === from) continue;
      this.words.copyWithin(to * PACKET_WORDS, from * PACKET_WORDS, (from + 1) * PACKET_WORDS);
      this.positions[to] = this.positions[from]!;
      this.times[to] = this.times[from]!;
    }
    const dropped = this.count - kept;
    this.count = kept;
    return dropped;
  }

  private grow(): boolean {
    if (this.capacity >= MAX_CAPACITY) return false;
    const { words, positions, times, capacity, head } = this;
    this.capacity = Math.max(FIRST_CAPACITY, 2 * capacity);
    this.words = new Int32Array(this.capacity * PACKET_WORDS);
    this.positions = new Float64Array(this.capacity);
    this.times = new Float64Array(this.capacity);
    for (let i = 0; i < this.count; i++) {
      const from = (head + i) % capacity;
      this.words.set(words.subarray(from * PACKET_WORDS, (from + 1) * PACKET_WORDS), i * PACKET_WORDS);
      this.positions[i] = positions[from]!;
      this.times[i] = times[from]!;
    }
    this.head = 0;
    return true;
  }
}

/** Index among the words that `OutgoingPacket.save` wrote. */
const SSRC_WORD = 5;
/** The packets of a key frame. */
const FIRST_CAPACITY = 64;
/** The packets of a second at 40 Mbit/s. */
const MAX_CAPACITY = 4096;
