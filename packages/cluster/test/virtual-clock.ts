import type { Clock } from '../src/clock.js';

/** A clock for tests: it stands still until `advance` is called. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #start: number;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  /** `start`: milliseconds since 1970 at which the clock begins. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#start + this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const id = this.#order++;
    this.#timers.set(id, { at: this.#now + Math.max(0, milliseconds), callback });
    return () => this.#timers.delete(id);
  }

  /**
   * Advances the time by this much: due timers run in order, and their consequences are settled
   * before the next one.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (let due = this.#nextDue(end); due; due = this.#nextDue(end)) {
      this.#timers.delete(due.id);
      this.#now = due.at;
      due.callback();
      await settled();
    }
    this.#now = end;
  }

  #nextDue(end: number): { id: number; at: number; callback: () => void } | undefined {
    let next: { id: number; at: number; callback: () => void } | undefined;
    for (const [id, timer] of this.#timers) {
      if (timer.at <= end && (!next || timer.at < next.at)) next = { id, ...timer };
    }
    return next;
  }
}

/** All microtasks run before the event loop's check phase. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
