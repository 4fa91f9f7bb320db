import type { TransportHealth } from '../adaptive/media-health.js';
import type { MediaPaths } from '../adaptive/media-paths.js';
import { PathWatch } from '../adaptive/path-watch.js';
import { isPassing, isTransportGone } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import type { Transport, TransportState } from '../webrtc/device.js';

export interface KeptTransport {
  transport: Transport;
  session: Requester;
  health: TransportHealth;
  paths: MediaPaths;
  onGone(): void;
  /** Whether media have arrived through it just now, as far as that is known. */
  flows?(): boolean;
}

/**
 * Keeps one transport connected: restarts ICE when it failed, was disconnected for a while or is
 * silent, and gives it up (`onGone`, once) when the server no longer knows it or restarts do not
 * help.
 */
export class ConnectionKeeper {
  #transport: Transport;
  #session: Requester;
  #onGone: () => void;
  #health: TransportHealth;
  #paths: MediaPaths;
  #watch: PathWatch;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restarting = false;
  #restarts = 0;
  #closed = false;

  constructor({ transport, session, health, paths, onGone, flows }: KeptTransport) {
    this.#transport = transport;
    this.#watch = new PathWatch({ stats: () => paths.read(transport), ...(flows && { flows }) }, () =>
      this.#silenceChanged(),
    );
    this.#session = session;
    this.#health = health;
    this.#paths = paths;
    this.#onGone = onGone;
  }

  stateChanged(state: TransportState): void {
    if (this.#closed) return;
    this.#health.state(state);
    clearTimeout(this.#timer);
    switch (state) {
      case 'connected':
        if (this.#works) this.#restarts = 0;
        else this.#again();
        this.#paths.read(this.#transport).catch(() => {});
        this.#watch.start();
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

  /**
   * The session is back on a new socket: restarts ICE if the transport is not connected; in any
   * case when the network changed, which a browser takes seconds to detect.
   */
  resumed(networkChanged: boolean): void {
    if (this.#transport.state !== 'new' && (networkChanged || !this.#works)) this.restart();
  }

  /** The application requests another try. */
  again(): void {
    if (this.#transport.state === 'new' || this.#works) return;
    this.#restarts = 0;
    this.restart();
  }

  restart(): void {
    if (this.#closed || this.#restarting) return;
    // A restart needs signalling; `resumed` retries.
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

  /** `expected`: see `TransportHealth`. */
  close(expected = false): void {
    this.#closed = true;
    this.#health.closed(expected);
    this.#paths.closed(this.#transport);
    this.#watch.stop();
    clearTimeout(this.#timer);
  }

  /** Seemingly connected, but no packets arrive. */
  get isSilent(): boolean {
    return this.#watch.isSilent;
  }

  get #works(): boolean {
    return this.#transport.state === 'connected' && !this.#watch.isSilent;
  }

  /** Packets arrive again, or no longer. */
  #silenceChanged(): void {
    const { isSilent } = this.#watch;
    this.#health.silent(isSilent);
    if (isSilent) {
      this.#session.doubt();
      this.restart();
    } else if (this.#works) this.#restarts = 0;
  }

  async #restart(): Promise<void> {
    const { iceParameters } = await this.#session.request('transport.restartIce', { transportId: this.#transport.id });
    if (!this.#closed) await this.#transport.restartIce(iceParameters);
  }

  #again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#works) this.restart();
    }, RESTART_TIMEOUT);
  }

  #gone(): void {
    this.close();
    this.#onGone();
  }
}

/**
 * Milliseconds: browsers report `disconnected` after a few lost checks, which often heals by
 * itself.
 */
const DISCONNECTED_GRACE = 2_000;

/**
 * Milliseconds for the checks of a restart to succeed: several retransmissions of RFC 8445 §14.3.
 */
const RESTART_TIMEOUT = 5_000;

/**
 * After these restarts, half a minute, a new transport with new candidates has better chances.
 * Before that, the old one recovers sooner once the path is back: it needs no handshake, and no new
 * publications or subscriptions.
 */
const MOST_RESTARTS = 6;
