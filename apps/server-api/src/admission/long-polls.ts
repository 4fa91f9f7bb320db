import { type Clock, type Cluster, ROOM_CAPACITY } from '@waterbus/cluster';
import { RateLimitedError } from '../limits/limits.js';
import { admissionTopic } from './waiting.js';

/**
 * A waiting person, with meeting and network: no meeting and no network takes the places of others.
 */
export interface Waiter {
  participantId: string;
  meetingId: string;
  network: string;
}

/** Requests that wait for a decision. */
export class LongPolls {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  /** By participant, the longest wait first. */
  readonly #waiting = new Map<string, Waiter & { wake: () => void }>();
  readonly #byMeeting = new Map<string, number>();
  readonly #byNetwork = new Map<string, number>();
  #ended = false;

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /**
   * Calls `look` immediately, and once more after a decision, after 20 s, when the client
   * disconnects or asks again, or when the server closes; returns the first result that is not
   * undefined, otherwise undefined. Rejects with `request.rate_limited` when too many wait for the
   * meeting or from the network. When all places are taken, a wait of the network with the most
   * waits ends early.
   */
  async wait<T>(
    waiter: Waiter,
    gone: (wake: () => void) => void,
    look: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    // One wait per person: an old connection may hang for long.
    const { participantId, meetingId, network } = waiter;
    this.#end(participantId);
    const crowded = (this.#byMeeting.get(meetingId) ?? 0) >= MOST_BY_MEETING;
    if (crowded || (this.#byNetwork.get(network) ?? 0) >= MOST_BY_NETWORK) throw new RateLimitedError(RETRY_AFTER);
    if (this.#waiting.size >= MOST_WAITING) this.#makeRoom();
    let wake = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const place = { ...waiter, wake };
    this.#waiting.set(participantId, place);
    add(this.#byMeeting, meetingId, 1);
    add(this.#byNetwork, network, 1);
    const cancelTimer = this.#clock.after(POLL_TIME, wake);
    try {
      // Subscribe first, then look, so that no decision in between is missed.
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
      if (this.#waiting.get(participantId) === place) this.#leave(place);
    }
  }

  /** Ends all waits. */
  end(): void {
    this.#ended = true;
    for (const { wake } of this.#waiting.values()) wake();
  }

  /** The kept state: waits, and their meetings and networks. */
  get size(): { waits: number; meetings: number; networks: number } {
    return { waits: this.#waiting.size, meetings: this.#byMeeting.size, networks: this.#byNetwork.size };
  }

  #makeRoom(): void {
    let most = '';
    for (const [network, count] of this.#byNetwork) if (count > (this.#byNetwork.get(most) ?? 0)) most = network;
    const oldest = [...this.#waiting.values()].find(({ network }) => network === most);
    if (oldest) this.#end(oldest.participantId);
  }

  /** It answers `waiting`, as after its full time. */
  #end(participantId: string): void {
    const one = this.#waiting.get(participantId);
    if (!one) return;
    this.#leave(one);
    one.wake();
  }

  #leave({ participantId, meetingId, network }: Waiter): void {
    this.#waiting.delete(participantId);
    add(this.#byMeeting, meetingId, -1);
    add(this.#byNetwork, network, -1);
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

/** Milliseconds: shorter than the half minute after which proxies commonly time out. */
const POLL_TIME = 20_000;

/** Open requests of one server; each holds a socket and a few kilobytes. */
export const MOST_WAITING = 5000;

/** For one meeting: the capacity of its waiting room. */
export const MOST_BY_MEETING = ROOM_CAPACITY;

/** From one address, which may serve a large lecture. */
export const MOST_BY_NETWORK = 500;

/** Seconds. */
const RETRY_AFTER = 5;
