import type { RtpPacket } from './wire.js';
import type { PeerEndpoint, World } from './world.js';

/**
 * Transport-wide feedback as of a browser, written independently of the engine's writer: two-bit
 * chunks throughout.
 */
export class FeedbackSender {
  /** Replaces the feedback, for lying peers. */
  forge: (honest: Uint8Array) => Uint8Array[] = (honest) => [honest];
  isSending = true;
  private readonly arrivals = new Map<number, number>();
  private highest = -1;
  private base = -1;
  private count = 0;

  constructor(
    private readonly world: World,
    private readonly peer: PeerEndpoint,
    interval = 50,
    /** Milliseconds by which the receiver's clock is ahead. */
    private readonly clockOffset = 123_456,
  ) {
    world.every(interval, () => this.isSending && this.send());
  }

  arrived(packet: RtpPacket): void {
    const value = packet.extensions.get(TRANSPORT_WIDE_ID);
    if (!value) return;
    const number = (value[0]! << 8) | value[1]!;
    const extended = this.highest < 0 ? number + 0x10000 : this.highest + (((number - this.highest) << 16) >> 16);
    if (this.arrivals.has(extended)) return;
    if (this.highest < 0) this.base = extended;
    this.base = Math.min(this.base, extended);
    this.highest = Math.max(this.highest, extended);
    this.arrivals.set(extended, this.world.now + this.clockOffset);
  }

  private send(): void {
    while (this.highest >= 0 && this.base <= this.highest) {
      let first = this.base;
      while (!this.arrivals.has(first)) first++;
      const reference = Math.floor(this.arrivals.get(first)! / 64);
      const statuses: number[] = [];
      const deltas: number[] = [];
      let ticks = reference * 256;
      for (let number = this.base; number <= this.highest && statuses.length < MAX_PACKETS; number++) {
        const arrival = this.arrivals.get(number);
        if (arrival === undefined) {
          statuses.push(0);
          continue;
        }
        const delta = Math.round(arrival * 4) - ticks;
        if (delta < -0x8000 || delta > 0x7fff) break;
        ticks += delta;
        statuses.push(delta >= 0 && delta <= 255 ? 1 : 2);
        if (delta >= 0 && delta <= 255) deltas.push(delta);
        else deltas.push((delta >> 8) & 0xff, delta & 0xff);
      }
      for (const packet of this.forge(writeFeedback(this.base, statuses, reference, this.count++, deltas)))
        this.world.send(this.peer, packet, false);
      // Browsers keep half a second: after a late repeat they report about the packets after it
      // once more.
      for (let number = this.base - 4000; number < this.base - REMEMBERED; number++) this.arrivals.delete(number);
      this.base += statuses.length;
    }
  }
}

/** One feedback packet with its header and SSRCs. */
export function writeFeedback(
  base: number,
  statuses: readonly number[],
  reference: number,
  count: number,
  deltas: readonly number[],
): Uint8Array {
  const body = [
    base >> 8,
    base,
    statuses.length >> 8,
    statuses.length,
    reference >> 16,
    reference >> 8,
    reference,
    count,
  ];
  for (let i = 0; i < statuses.length; i += 7) {
    let chunk = 0xc000;
    for (let j = 0; j < 7; j++) chunk |= (statuses[i + j] ?? 0) << (12 - 2 * j);
    body.push(chunk >> 8, chunk);
  }
  body.push(...deltas);
  const padding = (4 - (body.length & 3)) & 3;
  for (let i = 1; i <= padding; i++) body.push(i === padding ? padding : 0);
  const bytes = new Uint8Array(12 + body.length);
  bytes.set([0x80 | (padding > 0 ? 0x20 : 0) | 15, 205, 0, 2 + body.length / 4, 0, 0, 0, 1, 0, 0, 0, 2]);
  bytes[2] = (2 + body.length / 4) >> 8;
  bytes.set(
    body.map((byte) => byte & 0xff),
    12,
  );
  return bytes;
}

/** The router's id of the header extension. */
const TRANSPORT_WIDE_ID = 5;
const MAX_PACKETS = 400;
/** Numbers: half a second at most of the traffic of the tests. */
const REMEMBERED = 500;
