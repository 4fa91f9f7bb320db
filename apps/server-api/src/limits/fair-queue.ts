import { CodedError } from '@waterbus/protocol';
import type { RetryLater } from './retry-later.js';

export interface FairQueueOptions {
  /** Pieces of work under way at once. */
  atOnce: number;
  /** Pieces of work that wait, of everybody and of one key. */
  mostWaiting: number;
  mostWaitingByKey: number;
}

/**
 * Runs so many pieces of expensive work at once and lets a bounded number wait. Keys (networks of askers) take turns, so that one which brings
 * much waits for itself. Beyond the bounds it refuses at once with `server.busy`.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  /** What waits, by key; the first key has the next turn. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #waitingCount = 0;
  #running = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waitingCount;
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.atOnce) this.#running += 1;
    else await this.#turn(key);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** Resolves when it is this one's turn, which then counts as running. */
  #turn(key: string): Promise<void> {
    const before = this.#waiting.get(key) ?? [];
    const { mostWaiting, mostWaitingByKey } = this.#options;
    if (this.#waitingCount >= mostWaiting || before.length >= mostWaitingByKey) throw new ServerBusyError();
    return new Promise((resolve) => {
      before.push(resolve);
      this.#waiting.set(key, before);
      this.#waitingCount += 1;
    });
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first) {
      this.#running -= 1;
      return;
    }
    const [key, [start, ...left]] = first;
    // To the end of the order, if there is more of it.
    this.#waiting.delete(key);
    if (left.length > 0) this.#waiting.set(key, left);
    this.#waitingCount -= 1;
    start?.();
  }
}

/** The server has as much expensive work as it takes. */
export class ServerBusyError extends CodedError implements RetryLater {
  /** Seconds: a full queue is worked off in a few. */
  readonly retryAfter = 2;

  constructor() {
    super('server.busy');
  }
}
