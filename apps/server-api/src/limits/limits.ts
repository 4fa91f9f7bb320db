import { CodedError } from '@waterbus/protocol';
import { network } from './network.js';
import { countInMemory, type MakeCounter, type Rate, RateLimiter } from './rate-limiter.js';

/** How often what may be done. Nobody is exempt, loopback neither. */
export interface Limits {
  /** Meetings created, by address. */
  create: Rate;
  /** Anything read, by address. */
  read: Rate;
  /** Anything changed, by address. */
  write: Rate;
  /** Attempts to join, by address. */
  join: Rate;
  /** Accounts made, and mail asked for, by address. */
  account: Rate;
  /** Messages sent, by sender. */
  message: Rate;
  /** Invitations sent, by meeting. */
  invite: Rate;
  /** Wrong passwords and host tokens, by address and meeting (M1), or by address and account. */
  wrongPasswordByAddress: Rate;
  /** Wrong passwords and host tokens, by meeting (M1) or account, from wherever. */
  wrongPasswordByMeeting: Rate;
}

const MINUTE = 60_000;

/** An office or a school may sit behind one address; a person's typing errors stay far below. */
export const defaultLimits: Limits = {
  create: { count: 60, period: MINUTE },
  read: { count: 1200, period: MINUTE },
  write: { count: 600, period: MINUTE },
  join: { count: 300, period: MINUTE },
  account: { count: 30, period: MINUTE },
  message: { count: 60, period: MINUTE },
  invite: { count: 100, period: MINUTE },
  wrongPasswordByAddress: { count: 10, period: MINUTE },
  wrongPasswordByMeeting: { count: 60, period: MINUTE },
};

/** What is counted by address, and by another key. */
export type CountedByAddress = 'create' | 'read' | 'write' | 'join' | 'account';
export type CountedByKey = 'message' | 'invite';

/** Says when to try again, for the Retry-After header (RFC 9110 section 10.2.3). */
export class RateLimitedError extends CodedError {
  constructor(
    /** Whole seconds, at least 1. */
    readonly retryAfter: number,
  ) {
    super('request.rate_limited');
  }
}

export class RequestLimits {
  readonly #limiters: Record<keyof Limits, RateLimiter>;

  constructor(limits: Limits, makeCounter: MakeCounter = countInMemory()) {
    this.#limiters = Object.fromEntries(
      Object.entries(limits).map(([name, rate]) => [name, new RateLimiter(makeCounter(name, rate))]),
    ) as Record<keyof Limits, RateLimiter>;
  }

  /** Rejects with a `RateLimitedError` when the address did it too often. */
  async count(what: CountedByAddress, address: string): Promise<void> {
    await this.#take(what, network(address));
  }

  /** The same by the id of a sender or a meeting. */
  async countBy(what: CountedByKey, key: string): Promise<void> {
    await this.#take(what, key);
  }

  /**
   * Counts an attempt at a secret as wrong before it is checked, so that many at once do not slip through; rejects when there were too
   * many. `target` is the meeting's code or the account's address. Call the answer when the attempt was right.
   */
  async attempt(address: string, target: string): Promise<() => Promise<void>> {
    const key = `${network(address)} ${target}`;
    await this.#take('wrongPasswordByAddress', key);
    try {
      await this.#take('wrongPasswordByMeeting', target);
    } catch (error) {
      await this.#limiters.wrongPasswordByAddress.refund(key);
      throw error;
    }
    return async () => {
      await this.#limiters.wrongPasswordByAddress.refund(key);
      await this.#limiters.wrongPasswordByMeeting.refund(target);
    };
  }

  async #take(limit: keyof Limits, key: string): Promise<void> {
    const wait = await this.#limiters[limit].take(key);
    if (wait > 0) throw new RateLimitedError(Math.max(1, Math.ceil(wait / 1000)));
  }
}
