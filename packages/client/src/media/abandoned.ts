import { isPassing } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import { Settling } from '../time/settling.js';

/**
 * Transports that this client has given up. They are closed on the servers too, where they would
 * otherwise live for up to a minute: they would count against the participant's limit, and their
 * producers would stay in the room beside their replacements. Requests that fail now are repeated
 * when the servers are reachable again.
 */
export class AbandonedTransports {
  #session: Requester;
  #ids = new Set<string>();
  #settling = new Settling(() => this.#settle());

  constructor(session: Requester) {
    this.#session = session;
  }

  add(transportId: string): void {
    this.#ids.add(transportId);
    this.#settling.kick();
  }

  /** Answers the result of `make`; when that throws, the transport is given up. */
  unlessMade<T>(transportId: string, make: () => T): T {
    try {
      return make();
    } catch (error) {
      this.add(transportId);
      throw error;
    }
  }

  /** The server closed it by itself. */
  closed(transportId: string): void {
    this.#ids.delete(transportId);
  }

  /** The servers are reachable again. */
  kick(): void {
    this.#settling.kick();
  }

  /** Another participant now: the servers hold no transport of the former one. */
  forget(): void {
    this.#ids.clear();
  }

  stop(): void {
    this.#settling.stop();
    this.#ids.clear();
  }

  async #settle(): Promise<void> {
    const close = async (transportId: string) => {
      try {
        await this.#session.request('transport.close', { transportId });
      } catch (error) {
        if (isPassing(error)) throw error;
      }
      this.#ids.delete(transportId);
    };
    // Whether a transport has ended on the servers too is known once its end has been handled here.
    await Promise.resolve();
    // The next `kick` follows with the connection.
    if (this.#session.connection !== 'connected') return;
    const results = await Promise.allSettled([...this.#ids].map(close));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}
