import type { TransportHealth } from '../adaptive/media-health.js';
import { isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import type { Transport, TransportState } from './device.js';

/**
 * Keeps one transport connected: restarts ICE when it failed or was disconnected for a while, and gives it up (`onGone`, once)
 * when the server no longer knows it or restarts do not help.
 */
export class ConnectionKeeper {
  #transport: Transport;
  #session: Requester;
  #onGone: () => void;
  #health: TransportHealth;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restarting = false;
  #restarts = 0;
  #closed = false;

  constructor(transport: Transport, session: Requester, health: TransportHealth, onGone: () => void) {
    this.#transport = transport;
    this.#session = session;
    this.#health = health;
    this.#onGone = onGone;
  }

  stateChanged(state: TransportState): void {
    if (this.#closed) return;
    this.#health.state(state);
    clearTimeout(this.#timer);
    switch (state) {
      case 'connected':
        this.#restarts = 0;
        return;
      case 'disconnected':
        this.#session.doubt();
        this.#timer = setTimeout(() => this.restart(), DISCONNECTED_GRACE);
        return;
      case 'failed':
        this.restart();
        return;
      case 'new':
      case 'connecting':
      case 'closed':
        return;
    }
  }

  /** The session is back on a new socket: what was not connected is tried anew; all of it when the network changed, which a browser takes seconds to notice. */
  resumed(networkChanged: boolean): void {
    const { state } = this.#transport;
    if (state !== 'new' && (networkChanged || state !== 'connected')) this.restart();
  }

  restart(): void {
    if (this.#closed || this.#restarting) return;
    // Without signalling there is no restart; `resumed` comes back to it.
    if (this.#session.connection !== 'connected') return;
    if (this.#restarts === MOST_RESTARTS) {
      this.#gone();
      return;
    }
    this.#restarts += 1;
    this.#restarting = true;
    this.#restart().then(
      () => {
        this.#restarting = false;
        if (!this.#closed) this.#again();
      },
      (error) => {
        this.#restarting = false;
        if (this.#closed) return;
        if (isTransportGone(error) || !isPassing(error)) this.#gone();
        else this.#again();
      },
    );
  }

  close(): void {
    this.#closed = true;
    this.#health.closed();
    clearTimeout(this.#timer);
  }

  async #restart(): Promise<void> {
    const { iceParameters } = await this.#session.request('transport.restartIce', { transportId: this.#transport.id });
    if (!this.#closed) await this.#transport.restartIce(iceParameters);
  }

  #again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#transport.state !== 'connected') this.restart();
    }, RESTART_TIMEOUT);
  }

  #gone(): void {
    this.close();
    this.#onGone();
  }
}

/** Milliseconds: browsers report `disconnected` after a few lost checks, which often heals by itself. */
const DISCONNECTED_GRACE = 2_000;

/** Milliseconds for the checks of a restart to succeed: several retransmissions of RFC 8445 §14.3. */
const RESTART_TIMEOUT = 5_000;

/** After these restarts a new transport, with new candidates, has better chances. */
const MOST_RESTARTS = 3;
