import {
  type IRateLimiterOptions,
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRes,
} from 'rate-limiter-flexible';

/** A count for each period; the period begins with the first. */
export interface Rate {
  count: number;
  /** Milliseconds; whole seconds count. */
  period: number;
}

/**
 * Longer windows beside a short one: a caller that continues after a refusal waits longer and
 * longer.
 */
export type Rates = Rate | readonly Rate[];

/** Makes the counter of one limit. A counter in Redis lets several Server APIs count together. */
export type MakeCounter = (name: string, rate: Rate) => RateLimiterAbstract;

/** Counts by key (an address, a meeting) in windows of each rate's period. */
export class RateLimiter {
  readonly #counters: readonly RateLimiterAbstract[];

  constructor(...counters: RateLimiterAbstract[]) {
    this.#counters = counters;
  }

  /**
   * 0: taken. Otherwise nothing is taken, and the result is the time in milliseconds until one is
   * available.
   */
  async take(key: string): Promise<number> {
    for (const [index, counter] of this.#counters.entries()) {
      const wait = await takeOne(counter, key);
      if (wait === 0) continue;
      for (const before of this.#counters.slice(0, index)) await refundOne(before, key);
      return wait;
    }
    return 0;
  }

  /** Milliseconds until one is available; 0: now. Takes none. */
  async wait(key: string): Promise<number> {
    let longest = 0;
    for (const counter of this.#counters) {
      const counted = await counter.get(key);
      if (counted && counted.consumedPoints >= counter.points) longest = Math.max(longest, counted.msBeforeNext);
    }
    return longest;
  }

  /** Refunds one, unless its window has ended: a credit would allow more in the next window. */
  async refund(key: string): Promise<void> {
    for (const counter of this.#counters) await refundOne(counter, key);
  }
}

async function takeOne(counter: RateLimiterAbstract, key: string): Promise<number> {
  try {
    await counter.consume(key);
    return 0;
  } catch (refused) {
    // An error of an unreachable store is not a refusal by the limit.
    if (!(refused instanceof RateLimiterRes)) throw refused;
    await counter.reward(key);
    return Math.max(1, refused.msBeforeNext);
  }
}

async function refundOne(counter: RateLimiterAbstract, key: string): Promise<void> {
  const counted = await counter.get(key);
  if (counted && counted.consumedPoints > 0) await counter.reward(key);
}

/**
 * Counts in this process, for a bounded number of keys of each limit: bounds memory under a flood
 * from many addresses.
 */
export function countInMemory(mostKeys = MOST_KEYS): MakeCounter {
  return (name, { count, period }) =>
    new BoundedMemory({ keyPrefix: name, points: count, duration: Math.ceil(period / 1000) }, mostKeys);
}

/**
 * The library evicts a key when its window ends. Under a flood from many addresses that is too
 * late: beyond a bound this class evicts the key whose window began first.
 */
class BoundedMemory extends RateLimiterMemory {
  /** The end of each key's window, in order of time, since all windows are equally long. */
  readonly #ends = new Map<string, number>();
  readonly #mostKeys: number;

  constructor(options: IRateLimiterOptions, mostKeys: number) {
    super(options);
    this.#mostKeys = mostKeys;
  }

  override async consume(...args: Parameters<RateLimiterMemory['consume']>): Promise<RateLimiterRes> {
    const counting = super.consume(...args);
    this.#remember(String(args[0]));
    return counting;
  }

  #remember(key: string): void {
    const now = Date.now();
    const end = this.#ends.get(key);
    if (end !== undefined && end > now) return;
    this.#ends.delete(key);
    this.#ends.set(key, now + this.duration * 1000);
    for (const [oldest, itsEnd] of this.#ends) {
      if (itsEnd > now && this.#ends.size <= this.#mostKeys) break;
      this.#ends.delete(oldest);
      // The library deletes a key whose window has ended; a running one is evicted here.
      if (itsEnd > now) void this.delete(oldest);
    }
  }
}

/**
 * For one window of one limit: about 300 bytes each, so that a flood over several windows costs
 * tens of megabytes at most.
 */
const MOST_KEYS = 20_000;
