import type { Requester } from '../signalling/session.js';
import { isReceived } from './is-received.js';

/**
 * The end of a former stream (R10): it is sent beside its successor until no participant receives
 * it any more, `longest` checks at most. `changed`: a check has ended.
 */
export class Retirement {
  isOver = false;
  #session: Requester;
  #longest: number;
  #changed: () => void;
  #checks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Requester, longest: number, changed: () => void) {
    this.#session = session;
    this.#longest = longest;
    this.#changed = changed;
  }

  /** Checks after a while whether these producers are received, unless a check is due already. */
  check(producerIds: () => readonly string[]): void {
    this.#timer ??= setTimeout(() => void this.#check(producerIds()), INTERVAL);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #check(producerIds: readonly string[]): Promise<void> {
    const received = await isReceived(this.#session, producerIds);
    this.#checks += 1;
    this.#timer = undefined;
    this.isOver = !received || this.#checks >= this.#longest;
    this.#changed();
  }
}

/** Milliseconds between two checks: sending twice costs twice. */
const INTERVAL = 500;
