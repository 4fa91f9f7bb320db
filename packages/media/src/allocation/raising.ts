/**
 * When a receiver may get more than it has. A raise that the path turned out not to carry makes the
 * next one wait, longer each time, unless the path has become far better since.
 */
export class Raising {
  private waitsUntil = Number.NEGATIVE_INFINITY;
  private wait = SHORTEST_WAIT;
  /** Of the last raise that did not fail. */
  private raisedAt = Number.NEGATIVE_INFINITY;
  /** What the last raise that failed had raised to, bits per second. */
  private failed = Number.POSITIVE_INFINITY;

  /** Whether it may be tried with this budget (bits per second). */
  isDue(budget: number, now: number): boolean {
    return now >= this.waitsUntil || budget > this.failed * FAR_BETTER;
  }

  /** What may be sent without a wait: well below what failed, bits per second; 0 while nothing has. */
  get safe(): number {
    return this.failed === Number.POSITIVE_INFINITY ? 0 : this.failed * WELL_BELOW;
  }

  raised(now: number): void {
    if (this.isProven(now)) this.forgetFailures();
    this.raisedAt = now;
  }

  /** The budget does not hold what was sent until now (`spent`, bits per second). */
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

/** Milliseconds. Estimates need about that to settle after a drop. */
const SHORTEST_WAIT = 1000;
/**
 * Milliseconds. A path at its limit then carries useless attempts for a few of a hundred seconds.
 */
const LONGEST_WAIT = 32_000;
/**
 * Milliseconds: a raise that was carried that long was right. Queues fill and estimators react
 * within a few seconds.
 */
const PROOF = 10_000;
/** A path with that much more than what failed is another one. */
const FAR_BETTER = 1.4;
/** A path that failed with so much carries this. */
const WELL_BELOW = 0.7;
