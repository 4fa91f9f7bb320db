import type { Unsubscribe } from '../cluster.js';
import { type Mishaps, surely } from '../mishaps.js';
import type { Member } from './member.js';

interface Entry<T> {
  member: Member;
  listener: (value: T) => void;
}

/**
 * Listeners of several members. Each gets its own copy, in the order of `emit`, never within the
 * call that caused it.
 */
export class Listeners<T> {
  readonly #entries = new Set<Entry<T>>();
  readonly #mishaps: Mishaps;
  readonly #what: string;

  /** `what`: the subject of the events, for the log. */
  constructor(mishaps: Mishaps, what: string) {
    this.#mishaps = mishaps;
    this.#what = what;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(member: Member, listener: (value: T) => void): Unsubscribe {
    const entry = { member, listener };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  emit(value: T): void {
    for (const entry of this.#entries) {
      const copy = structuredClone(value);
      queueMicrotask(() => {
        if (this.#entries.has(entry)) surely(this.#mishaps, this.#what, () => entry.listener(copy));
      });
    }
  }

  drop(member: Member): void {
    for (const entry of this.#entries) if (entry.member === member) this.#entries.delete(entry);
  }
}
