import type { SeededRandom } from './random.js';

/** The parts of the world that a path needs. */
export interface PathWorld {
  readonly now: number;
  readonly random: SeededRandom;
  at(time: number, action: () => void): void;
}

export interface PathOptions {
  /** Bits per second of IP packets. */
  rate: number;
  /** Milliseconds, one way. */
  delay: number;
  /** Milliseconds that a full queue takes to drain; packets that meet a full queue are lost. */
  queue: number;
  /** Milliseconds added at random after the queue; packets do not overtake each other. */
  jitter: number;
  /** 0-1: share of packets lost after the queue, and the mean number in a row (Gilbert's model). */
  loss: number;
  burst: number;
  /**
   * A policer instead of the queue: a bucket of this many bytes, filled at the rate; packets that
   * exceed it are lost, and none waits.
   */
  bucket?: number;
}

/** A line with a bottleneck, which several peers may share: a queue that drains at a rate, then delay, jitter and loss. */
export class NetworkPath {
  options: PathOptions;
  /** Each packet that passed the queue: its arrival, its waiting time, its bytes. */
  readonly packets: { at: number; waited: number; bytes: number }[] = [];
  dropped = 0;
  private idleAt = 0;
  private lastArrival = 0;
  private isLosing = false;

  constructor(
    private readonly world: PathWorld,
    options: Partial<PathOptions> = {},
  ) {
    this.options = { rate: Number.POSITIVE_INFINITY, delay: 20, queue: 300, jitter: 0, loss: 0, burst: 1, ...options };
  }

  send(length: number, arrive: () => void): void {
    const { now, random } = this.world;
    const { rate, delay, queue, jitter } = this.options;
    const bytes = length + OVERHEAD_BYTES;
    if (this.options.bucket !== undefined) {
      this.police(bytes, this.options.bucket, arrive);
      return;
    }
    const waited = Math.max(0, this.idleAt - now);
    if (waited > queue) {
      this.dropped++;
      return;
    }
    this.idleAt = now + waited + (bytes * 8000) / rate;
    this.packets.push({ at: now, waited, bytes });
    if (this.loses()) return;
    this.lastArrival = Math.max(this.lastArrival, this.idleAt + delay + random.next() * jitter);
    this.world.at(this.lastArrival, arrive);
  }

  private police(bytes: number, bucket: number, arrive: () => void): void {
    const { now } = this.world;
    const { rate, delay } = this.options;
    // The time at which the bucket is full again.
    const full = Math.max(this.idleAt, now) + (bytes * 8000) / rate;
    if (full - now > (bucket * 8000) / rate) {
      this.dropped++;
      return;
    }
    this.idleAt = full;
    this.packets.push({ at: now, waited: 0, bytes });
    if (this.loses()) return;
    this.world.at(now + delay, arrive);
  }

  /** Share of the rate used between two times. */
  utilization(from: number, to: number): number {
    const bytes = this.between(from, to).reduce((sum, packet) => sum + packet.bytes, 0);
    return (bytes * 8000) / (this.options.rate * (to - from));
  }

  /** The 95th percentile of the waiting times of packets between two times, milliseconds. */
  queueingDelay(from: number, to: number): number {
    const waits = this.between(from, to).map(({ waited }) => waited);
    return waits.sort((a, b) => a - b)[Math.floor(0.95 * waits.length)] ?? 0;
  }

  private between(from: number, to: number) {
    return this.packets.filter(({ at }) => at >= from && at < to);
  }

  private loses(): boolean {
    const { loss, burst } = this.options;
    const random = this.world.random.next();
    if (this.isLosing) this.isLosing = random >= 1 / burst;
    else this.isLosing = random < loss / (burst * (1 - loss));
    return this.isLosing;
  }
}

/** IPv4, UDP, and the tag of AES-GCM. */
const OVERHEAD_BYTES = 20 + 8 + 16;
