import { CodedError } from '@waterbus/protocol';
import { Counts } from '@waterbus/telemetry';
import { network } from './network.js';
import { countInMemory, type MakeCounter, type Rate, RateLimiter, type Rates } from './rate-limiter.js';
import type { RetryLater } from './retry-later.js';

/** The rate of each action. No address is exempt, not even loopback. */
export interface Limits {
  /** Meetings created, by address. */
  create: Rate;
  /** Meetings created, by the account or API key that owns them, from any address. */
  createByOwner: Rates;
  /** Read requests, by address. */
  read: Rate;
  /** Changes, by address. */
  write: Rate;
  /** Attempts to join, by address. */
  join: Rate;
  /** Tests of the network, by address. */
  connectivity: Rate;
  /** Accounts created and mails requested, by address. */
  account: Rate;
  /** Sign-ins with a password, right or wrong, by address. */
  signIn: Rate;
  /** Codes of authenticator apps, right or wrong, by user. */
  secondFactor: Rate;
  /** Messages sent, by sender. */
  message: Rate;
  /** Polls created, by meeting. */
  poll: Rate;
  /** Votes, by voter. */
  vote: Rate;
  /** Invitations sent, by meeting. */
  invite: Rate;
  /** Guests invited, by meeting. */
  inviteGuest: Rate;
  /** Mails sent on behalf of an account or API key, by it. */
  mailBySender: Rates;
  /** Mails requested, by address. */
  mailByAddress: Rates;
  /** Mails to one mailbox, by kind of mail, from all senders. */
  mailByRecipient: Rates;
  /** Wrong passwords and host tokens, by address and meeting (M1), or by address and account. */
  wrongPasswordByAddress: Rates;
  /** Wrong passwords and host tokens, by meeting (M1) or account, from all unknown devices. */
  wrongPasswordByMeeting: Rates;
  /**
   * The same from a device or session that has shown the secret before, by that device or session
   * and the meeting or account.
   */
  wrongPasswordByDevice: Rates;
  /** Wrong passwords and host tokens, by address, over all meetings and accounts. */
  wrongSecretsByAddress: Rates;
  /** Requests for a meeting that does not exist or is invisible to the asker, by address. */
  absentMeeting: Rate;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Counts per minute, hour and day. */
function longer(minute: number, hour: number, day: number): Rates {
  return [
    { count: minute, period: MINUTE },
    { count: hour, period: HOUR },
    { count: day, period: DAY },
  ];
}

/** An owner may create as many per minute as an address, and 60 times as many per day. */
export function createdByOwner(aMinute: number): Rates {
  return [
    { count: aMinute, period: MINUTE },
    { count: 60 * aMinute, period: DAY },
  ];
}

/** One address may serve an office or a school; the typing errors of one person stay far below. */
export const defaultLimits: Limits = {
  create: { count: 60, period: MINUTE },
  createByOwner: createdByOwner(60),
  read: { count: 1200, period: MINUTE },
  write: { count: 600, period: MINUTE },
  join: { count: 300, period: MINUTE },
  // As many as may join.
  connectivity: { count: 300, period: MINUTE },
  account: { count: 30, period: MINUTE },
  signIn: { count: 120, period: MINUTE },
  // Three of a million codes are valid at a time: the chance of a correct guess is 1 in 700 a day.
  secondFactor: { count: 20, period: HOUR },
  message: { count: 60, period: MINUTE },
  poll: { count: 20, period: MINUTE },
  vote: { count: 60, period: MINUTE },
  invite: { count: 100, period: MINUTE },
  inviteGuest: { count: 200, period: DAY },
  mailBySender: [
    { count: 20, period: HOUR },
    { count: 100, period: DAY },
  ],
  mailByAddress: [
    { count: 60, period: HOUR },
    { count: 300, period: DAY },
  ],
  mailByRecipient: [
    { count: 5, period: HOUR },
    { count: 15, period: DAY },
  ],
  // A lecture behind one address may use a wrong password; five addresses cannot use up the
  // attempts of all unknown devices.
  wrongPasswordByAddress: longer(10, 60, 200),
  // For all unknown devices together: six digits last for more than a year on average, four digits
  // for days.
  wrongPasswordByMeeting: longer(60, 300, 1000),
  wrongPasswordByDevice: longer(10, 60, 200),
  wrongSecretsByAddress: longer(30, 150, 1000),
  absentMeeting: { count: 60, period: MINUTE },
};

/** Actions counted by address, and by another key. */
export type CountedByAddress =
  | 'create'
  | 'read'
  | 'write'
  | 'join'
  | 'connectivity'
  | 'account'
  | 'signIn'
  | 'mailByAddress'
  | 'absentMeeting';
export type CountedByKey =
  | 'createByOwner'
  | 'secondFactor'
  | 'message'
  | 'poll'
  | 'vote'
  | 'invite'
  | 'inviteGuest'
  | 'mailBySender'
  | 'mailByRecipient';

export class RateLimitedError extends CodedError implements RetryLater {
  constructor(
    /** Whole seconds, at least 1. */
    readonly retryAfter: number,
  ) {
    super('request.rate_limited');
  }
}

export class RequestLimits {
  readonly #limiters: Record<keyof Limits, RateLimiter>;
  readonly #refused = new Counts<keyof Limits>();

  constructor(limits: Limits, makeCounter: MakeCounter = countInMemory()) {
    this.#limiters = Object.fromEntries(
      Object.entries(limits).map(([name, rates]: [string, Rates]) => [name, newLimiter(name, rates, makeCounter)]),
    ) as Record<keyof Limits, RateLimiter>;
  }

  /** Rejects with a `RateLimitedError` when the address exceeds the limit. */
  async count(what: CountedByAddress, address: string): Promise<void> {
    await this.#take(what, network(address));
  }

  /** The same by the id of a sender or a meeting. */
  async countBy(what: CountedByKey, key: string): Promise<void> {
    await this.#take(what, key);
  }

  /** As `count` and `countBy`, but returns false instead of rejecting. */
  async allows(what: CountedByAddress | CountedByKey, key: string): Promise<boolean> {
    const allowed = (await this.#limiters[what].take(network(key))) === 0;
    if (!allowed) this.#refused.add(what);
    return allowed;
  }

  /**
   * Counts an attempt at a secret as wrong before the check, so that parallel attempts do not evade
   * the limit; rejects when the limit is exceeded. `target`: the meeting's code or the account's
   * address; `known`: the device or session that has shown the secret before. Call the returned
   * function when the attempt was right.
   */
  async attempt(address: string, target: string, known?: string): Promise<() => Promise<void>> {
    if (known) return this.#takeAll([['wrongPasswordByDevice', `${known} ${target}`]]);
    return this.#takeAll([
      ['wrongPasswordByAddress', `${network(address)} ${target}`],
      ['wrongSecretsByAddress', network(address)],
      ['wrongPasswordByMeeting', target],
    ]);
  }

  /** Rejects when an address requested too many absent meetings. Counts nothing. */
  async checkAbsent(address: string): Promise<void> {
    const wait = await this.#limiters.absentMeeting.wait(network(address));
    if (wait > 0) throw this.#refusal('absentMeeting', wait);
  }

  /** Refusals since the start, by limit; zero of those that never refused. */
  refused(): Record<keyof Limits, number> {
    const none = Object.fromEntries(Object.keys(this.#limiters).map((limit) => [limit, 0]));
    return { ...(none as Record<keyof Limits, number>), ...this.#refused.read() };
  }

  /**
   * Takes one from each limit or, when one of them refuses, from none. The returned function
   * refunds all.
   */
  async #takeAll(wanted: [limit: keyof Limits, key: string][]): Promise<() => Promise<void>> {
    const taken: typeof wanted = [];
    const giveBack = async () => {
      for (const [limit, key] of taken) await this.#limiters[limit].refund(key);
    };
    try {
      for (const one of wanted) {
        await this.#take(...one);
        taken.push(one);
      }
    } catch (error) {
      await giveBack();
      throw error;
    }
    return giveBack;
  }

  #refusal(limit: keyof Limits, wait: number): RateLimitedError {
    this.#refused.add(limit);
    return new RateLimitedError(Math.max(1, Math.ceil(wait / 1000)));
  }

  async #take(limit: keyof Limits, key: string): Promise<void> {
    const wait = await this.#limiters[limit].take(key);
    if (wait > 0) throw this.#refusal(limit, wait);
  }
}

function newLimiter(name: string, rates: Rates, makeCounter: MakeCounter): RateLimiter {
  const windows = 'count' in rates ? [rates] : rates;
  return new RateLimiter(...windows.map((rate, index) => makeCounter(index === 0 ? name : `${name}-${index}`, rate)));
}
