import type { Usage } from './overuse-detector.js';

/**
 * The delay-based rate, by additive increase and multiplicative decrease (draft-ietf-rmcat-gcc-02
 * section 5.5): a fast rise while the path's rate is unknown, a slow one near it, and at an overuse
 * a fall below the arriving rate, so that the queue drains.
 */
export class RateControl {
  /** The rate of the path at overuse: mean, and normalized variance, in kbit/s; 0 while unknown. */
  private capacity = 0;
  private deviation = FIRST_DEVIATION;
  private isIncreasing = false;
  private changedAt: number;

  /** Bits per second; milliseconds. */
  constructor(
    public target: number,
    now: number,
  ) {
    this.changedAt = now;
  }

  /** `acknowledged` is the arriving rate, bits per second, 0 while unknown. */
  update(usage: Usage, acknowledged: number, roundTripTime: number, now: number): void {
    if (usage === 'overuse') {
      if (this.mayDecrease(acknowledged, roundTripTime, now)) this.decrease(acknowledged || this.target / 2, now);
      else this.isIncreasing = false;
    } else if (usage === 'underuse') {
      // The queue drains: a higher rate would only fill it again.
      this.isIncreasing = false;
    } else if (this.isIncreasing) this.increase(acknowledged, roundTripTime, now);
    else {
      this.isIncreasing = true;
      this.changedAt = now;
    }
  }

  /** A probe measured this. */
  set(bitsPerSecond: number, now: number): void {
    this.target = bitsPerSecond;
    this.changedAt = now;
    this.learn(bitsPerSecond, PROBE_WEIGHT);
  }

  /** A cause other than the delay lowers the rate. */
  lower(bitsPerSecond: number, now: number): void {
    this.target = Math.min(this.target, bitsPerSecond);
    this.changedAt = now;
  }

  private mayDecrease(acknowledged: number, roundTripTime: number, now: number): boolean {
    const interval = Math.min(Math.max(roundTripTime, MIN_DECREASE_INTERVAL), MAX_DECREASE_INTERVAL);
    return now - this.changedAt >= interval || (acknowledged > 0 && acknowledged < this.target / 2);
  }

  private decrease(acknowledged: number, now: number): void {
    let decreased = BACKOFF * acknowledged;
    if (decreased > this.target && this.capacity > 0) decreased = BACKOFF * this.capacity * 1000;
    this.target = Math.max(Math.min(this.target, decreased), MIN_RATE);
    if (acknowledged < this.lowerBound()) this.forget();
    this.learn(acknowledged, OVERUSE_WEIGHT);
    this.isIncreasing = false;
    this.changedAt = now;
  }

  private increase(acknowledged: number, roundTripTime: number, now: number): void {
    if (acknowledged > this.upperBound()) this.forget();
    const elapsed = Math.min(now - this.changedAt, 1000) / 1000;
    this.changedAt = now;
    // Beyond this the rate shows nothing about the path: the application sends less, and only a
    // probe can show more.
    const limit = 1.5 * acknowledged + LIMIT_ALLOWANCE;
    if (this.target >= limit) return;
    const more =
      this.capacity > 0
        ? this.additiveRate(roundTripTime) * elapsed
        : Math.max(this.target * (GROWTH ** elapsed - 1), MIN_GROWTH * elapsed);
    this.target = Math.min(this.target + more, limit);
  }

  /** Increase in bits per second for each second: about half a packet in each response time. */
  private additiveRate(roundTripTime: number): number {
    const frameBits = this.target / 30;
    const packetBits = frameBits / Math.ceil(frameBits / (8 * PACKET_BYTES));
    return Math.max(MIN_ADDITIVE_RATE, packetBits / ((2 * (roundTripTime + DETECTION_TIME)) / 1000));
  }

  private learn(bitsPerSecond: number, weight: number): void {
    const sample = bitsPerSecond / 1000;
    if (this.capacity === 0) this.capacity = sample;
    else this.capacity += weight * (sample - this.capacity);
    const error = this.capacity - sample;
    const norm = Math.max(this.capacity, 1);
    this.deviation += weight * ((error * error) / norm - this.deviation);
    this.deviation = Math.min(Math.max(this.deviation, MIN_DEVIATION), MAX_DEVIATION);
  }

  private forget(): void {
    this.capacity = 0;
  }

  private upperBound(): number {
    return this.capacity === 0 ? Number.POSITIVE_INFINITY : 1000 * (this.capacity + 3 * this.spread());
  }

  private lowerBound(): number {
    return this.capacity === 0 ? 0 : 1000 * Math.max(0, this.capacity - 3 * this.spread());
  }

  private spread(): number {
    return Math.sqrt(this.deviation * this.capacity);
  }
}

/** The draft's beta: low enough that a queue drains within some round trips. */
const BACKOFF = 0.85;
/** The draft's eta, for each second. */
const GROWTH = 1.08;
/** The least increase in bits per second for each second, far from the path's rate. */
const MIN_GROWTH = 1000;
/**
 * The least increase in bits per second for each second, near the path's rate. A flow's increase
 * must not depend on its share, or the largest of several flows keeps it: libwebrtc's 4,000 left
 * one of three receivers behind a line with its sound alone.
 */
const MIN_ADDITIVE_RATE = 16_000;
/** Bits per second: at very low rates a frame more or less must not limit the rate. */
const LIMIT_ALLOWANCE = 10_000;
const PACKET_BYTES = 1200;
/** Milliseconds that the detector takes. */
const DETECTION_TIME = 100;
/** Milliseconds between two decreases: the effect of the first must be visible. */
const MIN_DECREASE_INTERVAL = 10;
const MAX_DECREASE_INTERVAL = 200;
/** Bits per second: the rate that remains for sound, whatever the measurements. */
export const MIN_RATE = 30_000;
/** Weights of a measurement against the known value; libwebrtc's, as are the deviations. */
const OVERUSE_WEIGHT = 0.05;
const PROBE_WEIGHT = 0.5;
const FIRST_DEVIATION = 0.4;
const MIN_DEVIATION = 0.4;
const MAX_DEVIATION = 2.5;
