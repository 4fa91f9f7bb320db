import {
  type IRateLimiterOptions,
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRes,
} from 'rate-limiter-flexible';

/** So many in each period; the period begins with the first. */
export interface Rate {
  count: number;
  /** Milliseconds; whole seconds count. */
  period: number;
}

/** Longer windows beside a short one: whoever goes on after being refused waits for longer and longer. */
export type Rates = Rate | readonly Rate[];

/** Makes the counter of one limit. One over Redis lets several Server APIs count together. */
export type MakeCounter = (name: string, rate: Rate) => RateLimiterAbstract;

/** Counts by key (an address, a meeting) in windows of each rate's period. */
export class RateLimiter {
  readonly #counters: readonly RateLimiterAbstract[];

  constructor(...counters: RateLimiterAbstract[]) {
    this.#counters = counters;
  }

  /** 0: taken. Else nothing is taken, and the answer is the milliseconds until one can be. */
  async take(key: string): Promise<number> {
    for (const [index, counter] of this.#counters.entries()) {
      const wait = await takeOne(counter, key);
      if (wait === 0) continue;
      for (const before of this.#counters.slice(0, index)) await refundOne(before, key);
      return wait;
    }
    return 0;
  }

  /** Milliseconds until one can be taken; 0: now. Takes none. */
  async wait(key: string): Promise<number> {
    let longest = 0;
    for (const counter of this.#counters) {
      const counted = await counter.get(key);
      if (counted && counted.consumedPoints >= counter.points) longest = Math.max(longest, counted.msBeforeNext);
    }
    return longest;
  }

  /** Gives one back, unless its window is over: a credit would let more through in the next one. */
  async refund(key: string): Promise<void> {
    for (const counter of this.#counters) await refundOne(counter, key);
  }
}

async function takeOne(counter: RateLimiterAbstract, key: string): Promise<number> {
  try {
    await counter.consume(key);
    return 0;
  } catch (refused) {
    // An error of a store that is away is none of a limit.
    if (!(refused instanceof RateLimiterRes)) throw refused;
    await counter.reward(key);
    return Math.max(1, refused.msBeforeNext);
  }
}

async function refundOne(counter: RateLimiterAbstract, key: string): Promise<void> {
  const counted = await counter.get(key);
  if (counted && counted.consumedPoints > 0) await counter.reward(key);
}

/** Counts in this process, for so many keys of each limit at most: bounds memory under a flood from many addresses. */
export function countInMemory(mostKeys = MOST_KEYS): MakeCounter {
  return (name, { count, period }) =>
    new BoundedMemory({ keyPrefix: name, points: count, duration: Math.ceil(period / 1000) }, mostKeys);
}

/**
 * The library forgets a key when its window is over. Under a flood from many addresses that is too late, so beyond a bound the key
 * whose window began first is forgotten.
 */
class BoundedMemory extends RateLimiterMemory {
  /** When the window of each key ends; in the order of these times, since all windows are equally long. */
  readonly #ends = new Map<string, number>();
  readonly #mostKeys: number;

  constructor(options: IRateLimiterOptions, mostKeys: number) {
    super(options);
    this.#mostKeys = mostKeys;
  }

  override async consume(...asked: Parameters<RateLimiterMemory['consume']>): Promise<RateLimiterRes> {
    const counting = super.consume(...asked);
    this.#remember(String(asked[0]));
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
      // Over as it is, or to be forgotten.
      if (itsEnd > now) void this.delete(oldest);
    }
  }
}

/** Of one window of one limit: about 300 bytes each, so that a flood over several windows costs tens of megabytes and no more. */
const MOST_KEYS = 20_000;
