import { isPassing } from '../failures.js';
import type { Requester } from '../signalling/session.js';

/**
 * The ICE servers of a call. Their credentials expire after a day: they are renewed long before, so
 * that transports which are opened or restarted later can still use a relay.
 */
export class CallIceServers {
  #session: () => Requester;
  #present: RTCIceServer[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(session: () => Requester) {
    this.#session = session;
  }

  get present(): RTCIceServer[] {
    return this.#present;
  }

  /** Fresh ones, from the server's answer to `join` or `resume`. */
  received(iceServers: RTCIceServer[]): void {
    this.#present = iceServers;
    this.#later(RENEWAL);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#renew(), milliseconds);
  }

  async #renew(): Promise<void> {
    try {
      const { iceServers } = await this.#session().request('iceServers', {});
      this.received(iceServers);
    } catch (error) {
      // An older server knows no such request; the next `resume` answers fresh ones.
      this.#later(isPassing(error) ? RETRY : RENEWAL);
    }
  }
}

/** Milliseconds: half of the lifetime of the credentials. */
const RENEWAL = 12 * 3_600_000;

/** Milliseconds until a failed request is repeated. */
const RETRY = 60_000;
