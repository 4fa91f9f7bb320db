import type { Interruptions } from '../adaptive/interruptions.js';
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
  interruptions: Interruptions;
  ice: () => { iceServers: RTCIceServer[] };
  onGone(): void;
  /** Whether media have arrived through it within so many milliseconds, as far as that is known. */
  flows?(within: number): boolean;
  /** Whether media should pass through it now. */
  expected(): boolean;
}

/**
 * Keeps one transport connected: restarts ICE when it failed, was disconnected for a while, is
 * silent or interrupted, and gives it up (`onGone`, once) when the server no longer knows it or restarts do not
 * help.
 */
export class ConnectionKeeper {
  #transport: Transport;
  #session: Requester;
  #onGone: () => void;
  #health: TransportHealth;
  #paths: MediaPaths;
  #iceServers: () => RTCIceServer[];
  #watch: PathWatch;
  #interruptible: () => () => void;
  #unwatch: (() => void) | undefined;
  /** Since then no restart has succeeded. */
  #isInterrupted = false;
  /** The user name fragment of the last credentials that were sent. */
  #fragment = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restarting = false;
  #attempt = 0;
  #restarts = 0;
  #closed = false;

  constructor(kept: KeptTransport) {
    const { transport, session, health, paths, interruptions, ice, onGone, flows, expected } = kept;
    this.#iceServers = () => ice().iceServers;
    this.#transport = transport;
    const stats = () => paths.read(transport);
    const isBusy = () => transport.isNegotiating;
    this.#watch = new PathWatch({ stats, isBusy, ...(flows && { flows: () => flows(JUST_NOW) }) }, () =>
      this.#silenceChanged(),
    );
    const interrupted = () => this.#interrupted();
    this.#interruptible = () => interruptions.watch({ stats, isBusy, ...(flows && { flows }), expected, interrupted });
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
        this.#unwatch ??= this.#interruptible();
        this.#sendCredentials();
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
    if (this.#transport.state === 'new' || !(networkChanged || this.#isInterrupted || !this.#works)) return;
    // One that was requested over the former socket may never be answered.
    this.#restarting = false;
    this.restart();
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
    const attempt = ++this.#attempt;
    const isCurrent = () => !this.#closed && attempt === this.#attempt;
    this.#restarting = true;
    this.#restart(isCurrent).then(
      () => {
        if (!isCurrent()) return;
        this.#restarting = this.#isInterrupted = false;
        this.#sendCredentials();
        this.#again();
      },
      (error) => {
        if (!isCurrent()) return;
        this.#restarting = false;
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
    this.#unwatch?.();
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

  /** Nothing arrives any more: the browser will notice it only in seconds. */
  #interrupted(): void {
    if (this.#closed || this.#transport.state !== 'connected') return;
    this.#isInterrupted = true;
    this.#session.doubt();
    this.restart();
  }

  async #restart(isCurrent: () => boolean): Promise<void> {
    const { iceParameters } = await this.#session.request('transport.restartIce', { transportId: this.#transport.id });
    if (isCurrent()) await this.#transport.restartIce(iceParameters, this.#iceServers());
  }

  /** With them the media node follows this client to another address. Older servers refuse them. */
  #sendCredentials(): void {
    const { id: transportId, iceParameters } = this.#transport;
    if (!iceParameters || iceParameters.usernameFragment === this.#fragment) return;
    this.#fragment = iceParameters.usernameFragment;
    this.#session.request('transport.credentials', { transportId, iceParameters }).catch(() => {
      this.#fragment = '';
    });
  }

  #again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.#works) this.restart();
      else this.#restarts = 0;
    }, RESTART_TIMEOUT);
  }

  #gone(): void {
    this.close();
    this.#onGone();
  }
}

/** Milliseconds. */
const JUST_NOW = 500;

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
