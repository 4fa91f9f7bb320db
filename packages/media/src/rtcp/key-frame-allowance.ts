/**
 * How often one receiver may cause a key frame: `BURST` at once, then one each `PERIOD`. A key
 * frame costs every receiver of the stream, and each receiver controls how often it requests one:
 * by RTCP, or by pausing and resuming.
 */
export class KeyFrameAllowance {
  /**
   * When the cost of all caused key frames is paid, milliseconds (the theoretical arrival time of
   * the generic cell rate algorithm).
   */
  private paidAt = Number.NEGATIVE_INFINITY;

  /** When the next key frame is allowed: `now` or later. */
  allowedAt(now: number): number {
    return Math.max(now, this.paidAt - (BURST - 1) * PERIOD);
  }

  /** The receiver causes a key frame at this time. */
  spend(at: number): void {
    this.paidAt = Math.max(at, this.paidAt) + PERIOD;
  }
}

/** Enough to join, to resume a few times, and to lose a key frame. */
const BURST = 4;
/**
 * Milliseconds. A receiver that fails to decode more often has a path too narrow for the stream.
 */
const PERIOD = 4000;
