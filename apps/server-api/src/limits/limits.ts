import { CodedError } from '@waterbus/protocol';
import { network } from './network.js';
import { countInMemory, type MakeCounter, type Rate, RateLimiter, type Rates } from './rate-limiter.js';
import type { RetryLater } from './retry-later.js';

/** How often what may be done. Nobody is exempt, loopback neither. */
export interface Limits {
  /** Meetings created, by address. */
  create: Rate;
  /** Meetings created, by the account or API key that they belong to, from whatever addresses. */
  createByOwner: Rates;
  /** Anything read, by address. */
  read: Rate;
  /** Anything changed, by address. */
  write: Rate;
  /** Attempts to join, by address. */
  join: Rate;
  /** Accounts made, and mail asked for, by address. */
  account: Rate;
  /** Sign-ins with a password, right or wrong, by address. */
  signIn: Rate;
  /** Codes of authenticator apps tried, right or wrong, by user. */
  secondFactor: Rate;
  /** Messages sent, by sender. */
  message: Rate;
  /** Invitations sent, by meeting. */
  invite: Rate;
  /** Mails sent on somebody's behalf, by their account or API key. */
  mailBySender: Rates;
  /** Mails asked for, by address. */
  mailByAddress: Rates;
  /** Mails to one mailbox, by kind of mail, whoever asked. */
  mailByRecipient: Rates;
  /** Wrong passwords and host tokens, by address and meeting (M1), or by address and account. */
  wrongPasswordByAddress: Rates;
  /** Wrong passwords and host tokens, by meeting (M1) or account, from wherever strangers are. */
  wrongPasswordByMeeting: Rates;
  /** The same from a device or session that has shown the secret before, by it and the meeting or account. */
  wrongPasswordByDevice: Rates;
  /** Wrong passwords and host tokens, by address, over all meetings and accounts. */
  wrongSecretsByAddress: Rates;
  /** Requests about a meeting that is absent, or not to be seen, by address. */
  absentMeeting: Rate;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** So many a minute, an hour and a day. */
function longer(minute: number, hour: number, day: number): Rates {
  return [
    { count: minute, period: MINUTE },
    { count: hour, period: HOUR },
    { count: day, period: DAY },
  ];
}

/** An owner may fill a minute as an address may, and an hour of such minutes in a day. */
export function createdByOwner(aMinute: number): Rates {
  return [
    { count: aMinute, period: MINUTE },
    { count: 60 * aMinute, period: DAY },
  ];
}

/** An office or a school may sit behind one address; a person's typing errors stay far below. */
export const defaultLimits: Limits = {
  create: { count: 60, period: MINUTE },
  createByOwner: createdByOwner(60),
  read: { count: 1200, period: MINUTE },
  write: { count: 600, period: MINUTE },
  join: { count: 300, period: MINUTE },
  account: { count: 30, period: MINUTE },
  signIn: { count: 120, period: MINUTE },
  // Of a million codes three count at a time: one in 700 is guessed in a day.
  secondFactor: { count: 20, period: HOUR },
  message: { count: 60, period: MINUTE },
  invite: { count: 100, period: MINUTE },
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
  // A lecture behind one address may be told a wrong password; five addresses cannot use up what strangers have.
  wrongPasswordByAddress: longer(10, 60, 200),
  // Of all strangers together: six digits last for more than a year on average, four for days.
  wrongPasswordByMeeting: longer(60, 300, 1000),
  wrongPasswordByDevice: longer(10, 60, 200),
  wrongSecretsByAddress: longer(30, 150, 1000),
  absentMeeting: { count: 60, period: MINUTE },
};

/** What is counted by address, and by another key. */
export type CountedByAddress =
  | 'create'
  | 'read'
  | 'write'
  | 'join'
  | 'account'
  | 'signIn'
  | 'mailByAddress'
  | 'absentMeeting';
export type CountedByKey = 'createByOwner' | 'secondFactor' | 'message' | 'invite' | 'mailBySender' | 'mailByRecipient';

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

  constructor(limits: Limits, makeCounter: MakeCounter = countInMemory()) {
    this.#limiters = Object.fromEntries(
      Object.entries(limits).map(([name, rates]: [string, Rates]) => [name, newLimiter(name, rates, makeCounter)]),
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

  /** As `count` and `countBy`, and answers false instead of rejecting. */
  async allows(what: CountedByAddress | CountedByKey, key: string): Promise<boolean> {
    return (await this.#limiters[what].take(network(key))) === 0;
  }

  /**
   * Counts an attempt at a secret as wrong before it is checked, so that many at once do not slip through; rejects when there were too
   * many. `target` is the meeting's code or the account's address; `known` the device or session that has shown the secret before. Call
   * the answer when the attempt was right.
   */
  async attempt(address: string, target: string, known?: string): Promise<() => Promise<void>> {
    if (known) return this.#takeAll([['wrongPasswordByDevice', `${known} ${target}`]]);
    return this.#takeAll([
      ['wrongPasswordByAddress', `${network(address)} ${target}`],
      ['wrongSecretsByAddress', network(address)],
      ['wrongPasswordByMeeting', target],
    ]);
  }

  /** Rejects when an address asked for too many meetings that it found absent. Counts nothing. */
  async checkAbsent(address: string): Promise<void> {
    const wait = await this.#limiters.absentMeeting.wait(network(address));
    if (wait > 0) throw new RateLimitedError(Math.max(1, Math.ceil(wait / 1000)));
  }

  /** Takes one of each or, when one of them refuses, of none. The answer gives all back. */
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

  async #take(limit: keyof Limits, key: string): Promise<void> {
    const wait = await this.#limiters[limit].take(key);
    if (wait > 0) throw new RateLimitedError(Math.max(1, Math.ceil(wait / 1000)));
  }
}

function newLimiter(name: string, rates: Rates, makeCounter: MakeCounter): RateLimiter {
  const windows = 'count' in rates ? [rates] : rates;
  return new RateLimiter(...windows.map((rate, index) => makeCounter(index === 0 ? name : `${name}-${index}`, rate)));
}
