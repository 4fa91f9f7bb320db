import { CodedError } from '@waterbus/protocol';
import type { RetryLater } from './retry-later.js';

export interface FairQueueOptions {
  /** Pieces of work that run at once. */
  atOnce: number;
  /** Pieces of work that wait: in total, and of one key. */
  mostWaiting: number;
  mostWaitingByKey: number;
}

/**
 * Runs a bounded number of expensive pieces of work at once and queues a bounded number. Keys
 * (networks of askers) take turns: a key with much work delays only itself. Beyond the bounds it
 * refuses immediately with `server.busy`.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  /** Waiting work, by key; the first key has the next turn. */
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

  /** Resolves on the caller's turn; the caller then counts as running. */
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
    // The key goes to the end of the order if it has more work.
    this.#waiting.delete(key);
    if (left.length > 0) this.#waiting.set(key, left);
    this.#waitingCount -= 1;
    start?.();
  }
}

/** The queue of expensive work is full. */
export class ServerBusyError extends CodedError implements RetryLater {
  /** Seconds: the server works off a full queue in a few. */
  readonly retryAfter = 2;

  constructor() {
    super('server.busy');
  }
}
