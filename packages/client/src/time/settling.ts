import { backoff } from './backoff.js';

/**
 * Runs a step that makes the actual state match the wanted state, one run at a time, until a run
 * finishes without a change meanwhile. A failed step is run again later, so a caller that changes
 * the wanted state only has to call `kick`.
 */
export class Settling {
  #step: () => Promise<void>;
  #running = false;
  #dirty = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(step: () => Promise<void>) {
    this.#step = step;
  }

  kick(): void {
    this.#dirty = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#running && !this.#stopped) void this.#run();
  }

  /** Runs again after a while, even if nothing changes. */
  later(milliseconds: number): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = setTimeout(() => this.kick(), milliseconds);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      try {
        await this.#step();
        this.#failures = 0;
      } catch {
        // The step handles the failure itself; here it only means that work is pending.
        this.#failures += 1;
        const pause = Math.min(backoff(this.#failures, Math.random), LONGEST_PAUSE);
        if (!this.#dirty) this.later(pause);
        else if (this.#failures > FAST_FAILURES) {
          this.#dirty = false;
          this.later(pause);
        }
      }
    }
    this.#running = false;
  }
}

/**
 * Milliseconds: a failing server may recover at any moment, and the wanted state must then reach
 * all participants within 5 s (R6).
 */
const LONGEST_PAUSE = 2_000;

/** A step that kicks itself and fails each time must not spin. */
const FAST_FAILURES = 3;
