/**
 * How much one transport may send again: a quarter of what it sends of media, because a path that loses more than that is
 * too narrow, and what is repeated there is lost as well. A bucket, filled by what was sent since it was asked last.
 */
export class ResendBudget {
  /** Bytes sent again so far. */
  spent = 0;
  private credit = MIN_BURST;
  private mediaBytes = 0;
  private refilledAt: number;
  /** Bytes a millisecond, over the last window that ended. */
  private rate = 0;
  private windowStart: number;
  private windowBytes = 0;

  /** `now` is milliseconds. */
  constructor(now: number) {
    this.refilledAt = now;
    this.windowStart = now;
  }

  /** Whether `bytes` may be sent again now. `sentBytes` is all that the transport ever sent, repeats among it. */
  take(bytes: number, now: number, sentBytes: number): boolean {
    this.refill(now, sentBytes - this.spent);
    if (bytes > this.credit) return false;
    this.credit -= bytes;
    this.spent += bytes;
    return true;
  }

  private refill(now: number, mediaBytes: number): void {
    const elapsed = now - this.windowStart;
    if (elapsed >= WINDOW) {
      this.rate = (mediaBytes - this.windowBytes) / elapsed;
      this.windowStart = now;
      this.windowBytes = mediaBytes;
    }
    const earned = SHARE * (mediaBytes - this.mediaBytes) + MIN_RATE * (now - this.refilledAt);
    this.credit = Math.min(this.credit + earned, Math.max(MIN_BURST, SHARE * this.rate * BURST_TIME));
    this.mediaBytes = mediaBytes;
    this.refilledAt = now;
  }
}

const SHARE = 0.25;
/** Milliseconds over which the rate is measured: several frames, and soon enough after it changed. */
const WINDOW = 500;
/** Milliseconds: an outage of half a second is repaired from a full bucket. */
const BURST_TIME = 2000;
/** Bytes a millisecond: 100 kbit/s, so that a few streams of sound are repaired at any loss. */
const MIN_RATE = 12.5;
/** Bytes: some fifty full packets. */
const MIN_BURST = 64 * 1024;
