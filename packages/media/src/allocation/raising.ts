/**
 * Decides when a receiver may get more. A raise that the path did not carry delays the next one,
 * longer each time, unless the path has become far better since.
 */
export class Raising {
  private waitsUntil = Number.NEGATIVE_INFINITY;
  private wait = SHORTEST_WAIT;
  /** Time of the last raise that did not fail. */
  private raisedAt = Number.NEGATIVE_INFINITY;
  /** The total rate of the last failed raise, bits per second. */
  private failed = Number.POSITIVE_INFINITY;

  /** Whether a raise may be tried with this budget (bits per second). */
  isDue(budget: number, now: number): boolean {
    return now >= this.waitsUntil || budget > this.failed * FAR_BETTER;
  }

  /**
   * The rate that needs no wait: well below the last failure, bits per second; 0 while nothing has
   * failed.
   */
  get safe(): number {
    return this.failed === Number.POSITIVE_INFINITY ? 0 : this.failed * WELL_BELOW;
  }

  raised(now: number): void {
    if (this.isProven(now)) this.forgetFailures();
    this.raisedAt = now;
  }

  /** The budget no longer holds the media sent until now (`spent`, bits per second). */
  lowered(spent: number, now: number): void {
    if (this.isProven(now)) this.forgetFailures();
    else if (this.raisedAt !== Number.NEGATIVE_INFINITY) {
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
      this.failed = spent;
    }
    this.raisedAt = Number.NEGATIVE_INFINITY;
    this.waitsUntil = Math.max(this.waitsUntil, now + this.wait);
  }

  private isProven(now: number): boolean {
    return this.raisedAt !== Number.NEGATIVE_INFINITY && now - this.raisedAt > PROOF;
  }

  private forgetFailures(): void {
    this.wait = SHORTEST_WAIT;
    this.failed = Number.POSITIVE_INFINITY;
  }
}

/** Milliseconds. Estimates need about this time to settle after a drop. */
const SHORTEST_WAIT = 1000;
/**
 * Milliseconds. A path at its limit then carries failing attempts for a few of a hundred seconds.
 */
const LONGEST_WAIT = 32_000;
/**
 * Milliseconds: a raise that holds this long has succeeded. Queues fill and estimators react within
 * a few seconds.
 */
const PROOF = 10_000;
/** A path that carries this many times the failed rate is a different one. */
const FAR_BETTER = 1.4;
/** A path that failed at a rate carries this share of it. */
const WELL_BELOW = 0.7;
