import type { Clock } from '../clock.js';
import type { SingleUseTokens } from '../cluster.js';
import type { Member } from './member.js';

/** Id and expiry of each used token. */
export type TokensState = [string, number][];

/** Ids of used tokens, kept until they have expired (R8). */
export class TokenHub {
  readonly #clock: Clock;
  /** Expiry by id, milliseconds since 1970. */
  readonly #used: Map<string, number>;
  #sweepAt: number;

  constructor(clock: Clock, state: TokensState = []) {
    this.#clock = clock;
    this.#used = new Map(state);
    this.#sweepAt = clock.date() + SWEEP_INTERVAL;
  }

  state(): TokensState {
    return [...this.#used];
  }

  for(member: Member): SingleUseTokens {
    return {
      use: async (id, expiresAt) => {
        member.assertOpen();
        const date = this.#clock.date();
        this.#sweep(date);
        if (expiresAt <= date || this.#used.has(id)) return false;
        this.#used.set(id, expiresAt);
        return true;
      },
    };
  }

  #sweep(date: number): void {
    if (date < this.#sweepAt) return;
    this.#sweepAt = date + SWEEP_INTERVAL;
    for (const [id, expiresAt] of this.#used) if (expiresAt <= date) this.#used.delete(id);
  }
}

/**
 * Milliseconds; a tenth of a join token's lifetime, so that few expired ids remain and the sweep's
 * cost is spread.
 */
const SWEEP_INTERVAL = 12_000;
