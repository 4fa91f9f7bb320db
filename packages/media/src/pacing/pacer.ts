// Hot path: no allocation per packet.
import type { OutgoingPacket } from '../transport/outgoing-packet.js';
import { PacketRing } from './packet-ring.js';

/** Where packets go from the pacer. */
export interface PacerExit {
  /** The packet leaves now. */
  leave(packet: OutgoingPacket): void;
  /** Whether the store has the packet at this position, and keeps it until the next flush. */
  holds(position: number): boolean;
  /** Whether this stream began, or began again, a moment ago: its first picture may still wait. */
  isBeginning(ssrc: number): boolean;
  /** Packets of this stream waited too long, and all that waited of it were dropped. */
  stale(ssrc: number): void;
}

/**
 * Spreads one transport's packets over time, so that they wait here, where what matters most goes first, and not in the
 * queue of the receiver's line (docs/congestion.md). A leaky bucket: what leaves fills it, the pacing rate drains it, and
 * while it is not full packets leave at once, in runs that the packet plane sends as one. Milliseconds and bytes.
 */
export class Pacer {
  /** Packets that waited, and how long all of them did. */
  packetsDelayed = 0;
  totalDelay = 0;
  /** Packets that left the queue by being dropped. */
  packetsDropped = 0;
  /** Packets that wait, of both kinds. */
  packetsQueued = 0;
  /** Bytes a millisecond; `Infinity` for no limit. */
  private rate = Number.POSITIVE_INFINITY;
  /** The same while packets have waited for longer than a burst. */
  private steadyRate = Number.POSITIVE_INFINITY;
  /** Since when some wait. */
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

  /** How long a new packet of media would wait. */
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

  /** A packet left, through the pacer or around it. */
  left(size: number, now: number): void {
    this.drain(now);
    this.level += size;
    if (now - this.runAt >= RUN_GAP) {
      this.run = 0;
      this.runAt = now;
    }
    this.run++;
  }

  /** Has a packet wait. Answers false when too many do: it is dropped, and with it its stream. */
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
    // Together with what else waits, up to half of what may leave at once: a run costs the packet plane as much as a packet.
    const room = Math.min(waiting, this.depth / 2);
    const excess = this.level + room - this.depth;
    const at = excess > 0 ? now + excess / this.rateAt(now) : now;
    return this.run >= MAX_RUN ? Math.max(at, this.runAt + RUN_GAP) : at;
  }

  /** Lets what is due leave, by `packet`, which serves as scratch. */
  release(packet: OutgoingPacket, now: number): void {
    while (this.hasBudget(now) && this.releaseOne(packet, now));
  }

  /** Lets the next packet leave, due or not. False when none waits. */
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

  /** A stream ends: nothing of it may leave any more. */
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
    // A fraction that a method answers is an object where V8 does not inline it: only while packets wait.
    const rate = this.packetsQueued === 0 ? this.rate : this.rateAt(now);
    this.level = Math.max(0, this.level - rate * elapsed);
  }

  /** The faster rate for a burst, and for what would wait too long otherwise. */
  private rateAt(now: number): number {
    const waited = now - this.waitingSince;
    const isSoonOver = waited + this.bytesQueued / this.steadyRate < PATIENCE;
    return waited > BURST && isSoonOver ? this.steadyRate : this.rate;
  }
}

/**
 * A key frame leaves within some frames' time. libwebrtc's 2.5 fills the queue of a path by 100 ms when a layer begins, which
 * the estimator takes for overuse.
 */
const PACING_FACTOR = 1.5;
/**
 * A key frame that is longer than a burst leaves no faster than the path carries it: what is sent faster waits in the
 * path's queue, before the sound that this pacer would let by. Milliseconds; less than what makes packets stale.
 */
const STEADY_FACTOR = 1.1;
const BURST = 100;
const PATIENCE = 800;
/** Milliseconds of the pacing rate that may leave at once, as in Chromium. */
const BURST_TIME = 40;
/** Bytes: two packets, or a frame of low quality would leave in parts; and what ten packets have. */
const MIN_DEPTH = 2400;
const MAX_DEPTH = 12_000;
/** Packets to one receiver at once: shallow queues on the way lose what is beyond. And milliseconds until the next run. */
const MAX_RUN = 10;
const RUN_GAP = 2;
/**
 * Milliseconds. A dropped frame costs a key frame, which is more than all of a second's frames; but a receiver that waited
 * a second longer than its line's delay is not in a conversation any more. A stream that has just begun is not dropped: the
 * key frame with which it would begin again is as large.
 */
const MAX_AGE = 1000;
/** Milliseconds: what was asked for again waits no longer than a receiver's next requests. */
const MAX_RESEND_AGE = 500;
