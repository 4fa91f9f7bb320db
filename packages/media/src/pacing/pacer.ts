// Hot path: no allocation per packet.
import type { OutgoingPacket } from '../port/outgoing-packet.js';
import { PacketRing } from './packet-ring.js';

/** The destination of packets from the pacer. */
export interface PacerExit {
  /** The packet leaves now. */
  leave(packet: OutgoingPacket): void;
  /** Whether the store has the packet at this position, and keeps it until the next flush. */
  holds(position: number): boolean;
  /** Whether this stream started or restarted a moment ago: its first picture may still wait. */
  isBeginning(ssrc: number): boolean;
  /** Packets of this stream waited too long, and all its waiting packets were dropped. */
  stale(ssrc: number): void;
}

/**
 * Spreads one transport's packets over time. Packets wait here, where the most important ones leave
 * first, and not in the queue of the receiver's line (docs/congestion.md). A leaky bucket: packets
 * that leave fill it, the pacing rate drains it, and while it is not full packets leave at once, in
 * runs that the packet plane sends as one. Milliseconds and bytes.
 */
export class Pacer {
  /** Packets that waited, and their total waiting time. */
  packetsDelayed = 0;
  totalDelay = 0;
  /** Packets dropped from the queue. */
  packetsDropped = 0;
  /** Waiting packets of both kinds. */
  packetsQueued = 0;
  /** Bytes a millisecond; `Infinity` for no limit. */
  private rate = Number.POSITIVE_INFINITY;
  /** The rate while packets have waited for longer than a burst. */
  private steadyRate = Number.POSITIVE_INFINITY;
  /** Since when packets wait. */
  private waitingSince = Number.POSITIVE_INFINITY;
  private depth = MAX_DEPTH;
  private level = 0;
  private drainedAt: number;
  /** Packets that left since `runAt`. */
  private run = 0;
  private runAt = Number.NEGATIVE_INFINITY;
  private readonly media = new PacketRing();
  private readonly resends = new PacketRing();

  constructor(
    private readonly exit: PacerExit,
    now: number,
  ) {
    this.drainedAt = now;
  }

  get bytesQueued(): number {
    return this.media.bytes + this.resends.bytes;
  }

  /** How long a new media packet would wait. */
  delay(now: number): number {
    this.drain(now);
    return this.rate === Number.POSITIVE_INFINITY
      ? 0
      : Math.max(0, this.bytesQueued + this.level - this.depth) / this.rate;
  }

  /** `target` is the estimate, bits per second. */
  setTarget(target: number, now: number): void {
    this.drain(now);
    this.rate = (PACING_FACTOR * target) / 8000;
    this.steadyRate = (STEADY_FACTOR * target) / 8000;
    this.depth = Math.min(Math.max(this.rate * BURST_TIME, MIN_DEPTH), MAX_DEPTH);
  }

  /** Whether a packet may leave at once. */
  admits(now: number): boolean {
    return this.packetsQueued === 0 && this.hasBudget(now);
  }

  /** A packet left, through the pacer or past it. */
  left(size: number, now: number): void {
    this.drain(now);
    this.level += size;
    if (now - this.runAt >= RUN_GAP) {
      this.run = 0;
      this.runAt = now;
    }
    this.run++;
  }

  /**
   * Queues a packet. When the queue is full it drops the packet, and with a media packet all that
   * waits of its stream.
   */
  queue(packet: OutgoingPacket, isResend: boolean, now: number): void {
    const ring = isResend ? this.resends : this.media;
    if (this.packetsQueued === 0) this.waitingSince = now;
    if (ring.push(packet, now)) {
      this.packetsQueued++;
      return;
    }
    this.packetsDropped++;
    if (!isResend) this.dropStale(packet.ssrc);
  }

  /** When `release` is due. */
  nextAt(now: number): number {
    if (this.packetsQueued === 0) return Number.POSITIVE_INFINITY;
    const waiting = this.bytesQueued;
    this.drain(now);
    // Together with other waiting packets, up to half of the packets that may leave at once: a run
    // costs the packet plane as much as a packet.
    const room = Math.min(waiting, this.depth / 2);
    const excess = this.level + room - this.depth;
    const at = excess > 0 ? now + excess / this.rateAt(now) : now;
    return this.run >= MAX_RUN ? Math.max(at, this.runAt + RUN_GAP) : at;
  }

  /** Sends the packets that are due, with `packet` as scratch. */
  release(packet: OutgoingPacket, now: number): void {
    while (this.hasBudget(now) && this.releaseOne(packet, now));
  }

  /** Sends the next packet, due or not. False when none waits. */
  releaseOne(packet: OutgoingPacket, now: number): boolean {
    while (this.packetsQueued > 0) {
      const isResend = this.resends.count > 0;
      const ring = isResend ? this.resends : this.media;
      const waited = now - ring.firstTime;
      if (!this.exit.holds(ring.firstPosition) || this.isOld(waited, isResend, ring.firstSsrc)) {
        if (isResend) {
          ring.skip();
          this.packetsQueued--;
          this.packetsDropped++;
        } else this.dropStale(ring.firstSsrc);
        continue;
      }
      ring.shift(packet);
      this.packetsQueued--;
      this.packetsDelayed++;
      this.totalDelay += waited;
      this.exit.leave(packet);
      return true;
    }
    return false;
  }

  /** A stream ends: none of its packets may leave any more. */
  forget(ssrc: number): void {
    this.noteDropped(this.media.drop(ssrc) + this.resends.drop(ssrc));
  }

  private isOld(waited: number, isResend: boolean, ssrc: number): boolean {
    if (isResend) return waited > MAX_RESEND_AGE;
    return waited > MAX_AGE && !this.exit.isBeginning(ssrc);
  }

  private dropStale(ssrc: number): void {
    this.noteDropped(this.media.drop(ssrc));
    this.exit.stale(ssrc);
  }

  private noteDropped(count: number): void {
    this.packetsQueued -= count;
    this.packetsDropped += count;
  }

  private hasBudget(now: number): boolean {
    this.drain(now);
    if (now - this.runAt >= RUN_GAP) this.run = 0;
    return this.level < this.depth && this.run < MAX_RUN;
  }

  private drain(now: number): void {
    const elapsed = now - this.drainedAt;
    if (elapsed <= 0) return;
    this.drainedAt = now;
    // V8 allocates an object for a fraction that a method returns unless it inlines the method:
    // only while packets wait.
    const rate = this.packetsQueued === 0 ? this.rate : this.rateAt(now);
    this.level = Math.max(0, this.level - rate * elapsed);
  }

  /** The faster rate for a burst, and for packets that would otherwise wait too long. */
  private rateAt(now: number): number {
    const waited = now - this.waitingSince;
    const isSoonOver = waited + this.bytesQueued / this.steadyRate < PATIENCE;
    return waited > BURST && isSoonOver ? this.steadyRate : this.rate;
  }
}

/**
 * A key frame leaves within the time of some frames. libwebrtc's 2.5 fills the queue of a path by
 * 100 ms when a layer begins, which the estimator takes for overuse.
 */
const PACING_FACTOR = 1.5;
/**
 * A key frame longer than a burst leaves no faster than the path carries it: faster packets wait in
 * the path's queue, ahead of the sound that this pacer would send first. Milliseconds; less than
 * the limit for stale packets.
 */
const STEADY_FACTOR = 1.1;
const BURST = 100;
const PATIENCE = 800;
/** Milliseconds of the pacing rate that may leave at once, as in Chromium. */
const BURST_TIME = 40;
/**
 * Bytes. Two packets, because a frame of low quality would otherwise leave in parts; and the size
 * of ten packets.
 */
const MIN_DEPTH = 2400;
const MAX_DEPTH = 12_000;
/**
 * Packets to one receiver at once: shallow queues on the path lose more. And milliseconds until the
 * next run.
 */
const MAX_RUN = 10;
const RUN_GAP = 2;
/**
 * Milliseconds. A dropped frame costs a key frame, which is larger than all frames of a second; but
 * a receiver that lags a second behind its path's delay can hold no conversation. A stream that has
 * just begun is not dropped: the key frame of its next start is as large.
 */
const MAX_AGE = 1000;
/** Milliseconds: a retransmission waits no longer than a receiver's next requests. */
const MAX_RESEND_AGE = 500;
