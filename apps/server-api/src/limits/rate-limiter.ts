/** So many at once, refilled evenly over a period. */
export interface Rate {
  count: number;
  /** Milliseconds. */
  period: number;
}

/**
 * Counts by key (an address, a meeting) with the generic cell rate algorithm: one number per key, the time at which
 * its bucket is full again.
 */
export class RateLimiter {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #fullAt = new Map<string, number>();

  /** `now` in milliseconds, monotonic. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** 0: taken. Else nothing is taken, and the answer is the milliseconds until one can be. */
  take(key: string): number {
    const now = this.#now();
    const next = Math.max(this.#fullAt.get(key) ?? now, now) + this.#rate.period / this.#rate.count;
    const wait = next - now - this.#rate.period;
    if (wait > ROUNDING) return wait;
    this.#fullAt.delete(key);
    this.#fullAt.set(key, next);
    if (this.#fullAt.size > MOST_KEYS) this.#forget(now);
    return 0;
  }

  /** Gives one back. */
  refund(key: string): void {
    const fullAt = this.#fullAt.get(key);
    if (fullAt !== undefined) this.#fullAt.set(key, fullAt - this.#rate.period / this.#rate.count);
  }

  /** Drops what says nothing any more, and if that is not enough, the key that was not used for longest. */
  #forget(now: number): void {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
    for (const key of this.#fullAt.keys()) {
      if (this.#fullAt.size <= MOST_KEYS * KEPT_SHARE) break;
      this.#fullAt.delete(key);
    }
  }
}

/** Bounds memory under a flood from many addresses. */
const MOST_KEYS = 100_000;

/** A clean-up goes this far below the bound, so that a flood does not cause one for every request. */
const KEPT_SHARE = 0.9;

/** Milliseconds: sums of fractions may end a hair beyond the period. */
const ROUNDING = 1e-6;
