/**
 * How often one receiver may cause a key frame: `BURST` at once, then one each `PERIOD`. A key frame costs everybody who
 * receives the stream, and a receiver chooses itself how often it asks, by RTCP or by pausing and resuming.
 */
export class KeyFrameAllowance {
  /** When all that was caused is paid for, milliseconds (the generic cell rate algorithm's theoretical arrival time). */
  private paidAt = Number.NEGATIVE_INFINITY;

  /** When the next one is allowed: `now`, or later. */
  allowedAt(now: number): number {
    return Math.max(now, this.paidAt - (BURST - 1) * PERIOD);
  }

  /** It causes one at this time. */
  spend(at: number): void {
    this.paidAt = Math.max(at, this.paidAt) + PERIOD;
  }
}

/** To join, to be resumed now and then, and to lose a key frame. */
const BURST = 4;
/** Milliseconds. A receiver that cannot decode more often than that has a path too narrow for the stream. */
const PERIOD = 4000;
