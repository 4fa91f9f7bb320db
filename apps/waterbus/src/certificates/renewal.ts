import type { Clock } from '@waterbus/cluster';
import { OrderError } from './acme-order.js';
import type { ChallengeMethod } from './challenges.js';
import type { Log } from './log.js';
import type { Pair } from './pair.js';

export interface RenewalOptions {
  /** The certificate in use; undefined: none from the authority yet. */
  current: Pair | undefined;
  /** Those that this server can answer, the preferred one first. */
  methods: readonly [ChallengeMethod, ...ChallengeMethod[]];
  /** Obtains a certificate of the authority. */
  order(method: ChallengeMethod): Promise<Pair>;
  /** The same at the authority's test directory; undefined: there is none. */
  rehearse: ((method: ChallengeMethod) => Promise<unknown>) | undefined;
  /** Stores a certificate and takes it into use. */
  use(pair: Pair): Promise<void>;
  clock: Clock;
  /** From 0 to 1. */
  random: () => number;
  logger: Log;
}

/**
 * Orders certificates, one order at a time: the first one at once, later ones after two thirds of a
 * certificate's lifetime. A failed order is repeated after a growing pause; the certificate in use
 * stays. Rate limits count failures at the authority, so the test directory comes first until an
 * order has succeeded.
 */
export class Renewal {
  readonly #options: RenewalOptions;
  #proven: ChallengeMethod | undefined;
  #failures = 0;
  #dueAt = 0;
  #cancel: () => void = () => {};
  #closed = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  start(): void {
    const { current, clock, random } = this.#options;
    this.#dueAt = current ? renewalDate(current, random()) : clock.date();
    this.#wait();
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  /**
   * In steps: a timer of Node holds 24 days at most, and a suspended machine does not count time.
   */
  #wait(): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    const left = this.#dueAt - clock.date();
    this.#cancel = clock.after(Math.min(Math.max(left, 0), LONGEST_STEP), () => {
      if (clock.date() < this.#dueAt) this.#wait();
      else void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    const { clock, random, logger, use } = this.#options;
    try {
      const method = this.#proven ?? (await this.#passRehearsal());
      const pair = await this.#options.order(method);
      if (this.#closed) return;
      await use(pair);
      this.#proven = method;
      this.#failures = 0;
      // A wrong clock of this machine must not cause one order after the other.
      this.#dueAt = Math.max(renewalDate(pair, random()), clock.date() + SHORTEST_USE);
      const dates = { expires: isoDate(pair.notAfter), renewal: isoDate(this.#dueAt) };
      logger.info({ names: pair.names, method, ...dates }, 'certificate obtained');
    } catch (error) {
      if (this.#closed) return;
      this.#proven = undefined;
      const failure = error instanceof OrderError ? error : { kind: 'failed', message: String(error), retryAfter: 0 };
      const { kind, message, retryAfter } = failure;
      this.#dueAt = clock.date() + Math.max(pauseAfter(++this.#failures, random()), retryAfter);
      const details = { kind, reason: message, failures: this.#failures, nextAttempt: isoDate(this.#dueAt) };
      logger.warn(details, 'no certificate obtained, the one in use stays');
    }
    this.#wait();
  }

  /** Returns a method that the test directory accepted. */
  async #passRehearsal(): Promise<ChallengeMethod> {
    const { methods, rehearse, logger } = this.#options;
    const alternate = methods[this.#failures % methods.length] ?? methods[0];
    if (!rehearse) return alternate;
    const refusals: string[] = [];
    for (const method of methods) {
      try {
        await rehearse(method);
        return method;
      } catch (error) {
        if (!(error instanceof OrderError)) throw error;
        if (error.kind === 'away') {
          logger.warn({ reason: error.message }, 'the test directory of the certificate authority is away');
          return alternate;
        }
        refusals.push(`${method}: ${error.message}`);
      }
    }
    throw new OrderError('challenge', `in the rehearsal, ${refusals.join('; ')}`);
  }
}

/** After two thirds of the lifetime, or up to a twentieth of it earlier, so that servers spread. */
export function renewalDate({ notBefore, notAfter }: Pair, random: number): number {
  const lifetime = notAfter - notBefore;
  return notBefore + (lifetime * 2) / 3 - (lifetime / 20) * random;
}

function pauseAfter(failures: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(failures - 1, 16), LONGEST_PAUSE);
  return pause * (1 - random / 4);
}

function isoDate(date: number): string {
  return new Date(date).toISOString();
}

/** Milliseconds. Let's Encrypt permits five failed checks of a name an hour. */
const FIRST_PAUSE = 60_000;
const LONGEST_PAUSE = 3_600_000;
const LONGEST_STEP = 3_600_000;
const SHORTEST_USE = 3_600_000;
