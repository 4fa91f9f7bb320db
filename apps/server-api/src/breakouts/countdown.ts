import type { ApiParts } from '../parts.js';
import { endDueRooms } from './closing.js';

/**
 * Ends breakout rooms in time. The server that set an end has a timer for it; every server looks for
 * those that another one has not ended.
 */
export class Countdown {
  readonly #parts: ApiParts;
  readonly #timers = new Set<() => void>();
  #stopPolling = () => {};
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  start(): () => Promise<void> {
    this.#isStopped = false;
    this.#poll();
    return async () => {
      this.#isStopped = true;
      this.#stopPolling();
      for (const stop of this.#timers) stop();
      this.#timers.clear();
      await this.#looking;
    };
  }

  /** `endsAt` null: no end. */
  expect(endsAt: Date | null): void {
    if (endsAt === null || this.#isStopped) return;
    const { clock } = this.#parts;
    const wait = Math.max(0, endsAt.getTime() - clock.date());
    // An end further away is found in time by looking.
    if (wait > LONGEST_TIMER) return;
    const stop = clock.after(wait, () => {
      this.#timers.delete(stop);
      void this.#look();
    });
    this.#timers.add(stop);
  }

  #poll(): void {
    this.#stopPolling = this.#parts.clock.after(INTERVAL, () => {
      void this.#look().finally(() => {
        if (!this.#isStopped) this.#poll();
      });
    });
  }

  async #look(): Promise<void> {
    // A run that has begun may have read before the end.
    await this.#looking;
    if (this.#isStopped) return;
    this.#looking = endDueRooms(this.#parts).catch((error) => {
      this.#parts.log.warn({ err: error }, 'ending breakout rooms failed; it is repeated');
    });
    await this.#looking;
  }
}

/** Milliseconds. */
const INTERVAL = 5_000;
const LONGEST_TIMER = 3_600_000;
