/**
 * Limits the retransmissions of one transport to a quarter of the media that it sends: a path that
 * loses more is too narrow, and loses retransmissions as well. A bucket, filled by the bytes sent
 * since the last request.
 */
export class ResendBudget {
  /** Bytes retransmitted so far. */
  spent = 0;
  private credit = MIN_BURST;
  private mediaBytes = 0;
  private refilledAt: number;
  /** Bytes a millisecond, over the last window that ended. */
  private rate = 0;
  private windowStart: number;
  private windowBytes = 0;
  /**
   * Bytes retransmitted in each of the last intervals, where a path is estimated: a ring, and when
   * its newest interval began.
   */
  private intervals: Float64Array | undefined;
  private newest = 0;
  private newestSince = Number.NEGATIVE_INFINITY;

  /** `now` is milliseconds. */
  constructor(now: number) {
    this.refilledAt = now;
    this.windowStart = now;
  }

  /**
   * Whether `bytes` may be retransmitted now. `sentBytes` is all that the transport ever sent,
   * including retransmissions; `target` is the estimate of its path, bits per second, `Infinity`
   * where there is none. `reserve` bytes stay for others.
   */
  take(bytes: number, now: number, sentBytes: number, target = Number.POSITIVE_INFINITY, reserve = 0): boolean {
    this.refill(now, sentBytes - this.spent, target / 8000);
    if (bytes + reserve > this.credit) return false;
    if (target !== Number.POSITIVE_INFINITY && !this.fitsSecond(bytes, now, target / 8)) return false;
    this.credit -= bytes;
    this.spent += bytes;
    return true;
  }

  /**
   * Whether each second stays within the share for retransmissions of what the path carries
   * (`target` bytes in it); if so, takes them.
   */
  private fitsSecond(bytes: number, now: number, target: number): boolean {
    this.intervals ??= new Float64Array(INTERVALS);
    const { intervals } = this;
    if (now - this.newestSince >= INTERVALS * INTERVAL) {
      intervals.fill(0);
      this.newestSince = now;
    }
    for (; now - this.newestSince >= INTERVAL; this.newestSince += INTERVAL) {
      this.newest = (this.newest + 1) % INTERVALS;
      intervals[this.newest] = 0;
    }
    let total = bytes;
    for (let i = 0; i < INTERVALS; i++) total += intervals[i]!;
    if (total > Math.max(SHARE * target, MIN_LIMITED_BURST)) return false;
    intervals[this.newest]! += bytes;
    return true;
  }

  /** `target` is bytes a millisecond. */
  private refill(now: number, mediaBytes: number, target: number): void {
    const elapsed = now - this.windowStart;
    if (elapsed >= WINDOW) {
      this.rate = (mediaBytes - this.windowBytes) / elapsed;
      this.windowStart = now;
      this.windowBytes = mediaBytes;
    }
    let earned = SHARE * (mediaBytes - this.mediaBytes) + MIN_RATE * (now - this.refilledAt);
    let burst = Math.max(MIN_BURST, SHARE * this.rate * BURST_TIME);
    // The rate of the path bounds useful retransmissions, also while more than that is sent.
    if (target !== Number.POSITIVE_INFINITY) {
      earned = Math.min(earned, SHARE * target * (now - this.refilledAt));
      burst = Math.max(MIN_LIMITED_BURST, SHARE * target * BURST_TIME);
    }
    this.credit = Math.min(this.credit + earned, burst);
    this.mediaBytes = mediaBytes;
    this.refilledAt = now;
  }
}

const SHARE = 0.25;
/**
 * Milliseconds over which the rate is measured: several frames, and short enough to follow changes.
 */
const WINDOW = 500;
/** Milliseconds: a full bucket repairs an outage of half a second where the path is unknown. */
const BURST_TIME = 2000;
/** Milliseconds, and their number: any second lies within them. */
const INTERVAL = 100;
const INTERVALS = 11;
/** Bytes a millisecond: 100 kbit/s, enough to repair a few streams of sound at any loss. */
const MIN_RATE = 12.5;
/** Bytes: retransmissions for a few streams of sound where the path is narrow. */
const MIN_LIMITED_BURST = 4096;
/** Bytes: some fifty full packets. */
const MIN_BURST = 64 * 1024;
