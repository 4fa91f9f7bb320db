import type { Clock, Cluster } from '@waterbus/cluster';
import { RateLimitedError } from '../limits/limits.js';
import { admissionTopic } from './waiting.js';

/** Requests that wait for a decision. */
export class LongPolls {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  /** By participant, how to end the wait. */
  readonly #waiting = new Map<string, () => void>();
  #ended = false;

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /**
   * Asks `look` at once, and once more when something was decided, when 20 s are over, when the client is gone or asks anew, or when
   * the server closes; the first answer that is not undefined counts, else undefined. Rejects with `request.rate_limited` when
   * too many wait.
   */
  async wait<T>(
    participantId: string,
    gone: (wake: () => void) => void,
    look: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    // One wait for one person: an old connection may hang for long.
    this.#waiting.get(participantId)?.();
    if (this.#waiting.size >= MOST_WAITING) throw new RateLimitedError(RETRY_AFTER);
    let wake = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#waiting.set(participantId, wake);
    const cancelTimer = this.#clock.after(POLL_TIME, wake);
    try {
      // First listen, then look: what is decided in between is heard.
      const unsubscribe = await this.#cluster.bus.subscribe(admissionTopic(participantId), wake);
      try {
        gone(wake);
        const answer = await look();
        if (answer !== undefined || this.#ended) return answer;
        await woken;
        return await look();
      } finally {
        unsubscribe();
      }
    } finally {
      cancelTimer();
      if (this.#waiting.get(participantId) === wake) this.#waiting.delete(participantId);
    }
  }

  /** Ends all waits. */
  end(): void {
    this.#ended = true;
    for (const wake of this.#waiting.values()) wake();
  }
}

/** Milliseconds: shorter than the half minute after which proxies commonly give up. */
const POLL_TIME = 20_000;

/** Open requests of one server: two full rooms' worth; each holds a socket and little else. */
const MOST_WAITING = 2000;

/** Seconds. */
const RETRY_AFTER = 5;
