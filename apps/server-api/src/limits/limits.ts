import { isIPv6 } from 'node:net';
import { CodedError } from '@waterbus/protocol';
import { type Rate, RateLimiter } from './rate-limiter.js';

/** How often what may be done. Nobody is exempt, loopback neither. */
export interface Limits {
  /** Meetings created, by address. */
  create: Rate;
  /** Meetings looked up, by address. */
  read: Rate;
  /** Attempts to join, by address. */
  join: Rate;
  /** Wrong passwords and host tokens, by address and meeting (M1). */
  wrongPasswordByAddress: Rate;
  /** Wrong passwords and host tokens, by meeting, from wherever (M1). */
  wrongPasswordByMeeting: Rate;
}

const MINUTE = 60_000;

/** An office or a school may sit behind one address; a person's typing errors stay far below. */
export const defaultLimits: Limits = {
  create: { count: 60, period: MINUTE },
  read: { count: 600, period: MINUTE },
  join: { count: 300, period: MINUTE },
  wrongPasswordByAddress: { count: 10, period: MINUTE },
  wrongPasswordByMeeting: { count: 60, period: MINUTE },
};

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

  constructor(limits: Limits, now: () => number) {
    this.#limiters = {
      create: new RateLimiter(limits.create, now),
      read: new RateLimiter(limits.read, now),
      join: new RateLimiter(limits.join, now),
      wrongPasswordByAddress: new RateLimiter(limits.wrongPasswordByAddress, now),
      wrongPasswordByMeeting: new RateLimiter(limits.wrongPasswordByMeeting, now),
    };
  }

  /** Throws a `RateLimitedError` when the address did it too often. */
  count(what: 'create' | 'read' | 'join', address: string): void {
    this.#take(what, network(address));
  }

  /**
   * Counts an attempt as wrong before it is checked, so that many at once do not slip through; throws when there were too many.
   * Call the answer when the attempt was right.
   */
  attempt(address: string, meetingCode: string): () => void {
    const key = `${network(address)} ${meetingCode}`;
    this.#take('wrongPasswordByAddress', key);
    try {
      this.#take('wrongPasswordByMeeting', meetingCode);
    } catch (error) {
      this.#limiters.wrongPasswordByAddress.refund(key);
      throw error;
    }
    return () => {
      this.#limiters.wrongPasswordByAddress.refund(key);
      this.#limiters.wrongPasswordByMeeting.refund(meetingCode);
    };
  }

  #take(limit: keyof Limits, key: string): void {
    const wait = this.#limiters[limit].take(key);
    if (wait > 0) throw new RateLimitedError(Math.max(1, Math.ceil(wait / 1000)));
  }
}

/** An IPv6 subscriber owns a /64 (RFC 6177 section 2), so single addresses say nothing. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head ? head.split(':') : [];
  const after = tail ? tail.split(':') : [];
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...gap, ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
