import {
  type ClientRequest,
  type ClientRequestName,
  type ClientResponse,
  type JoinedResponse,
  PROTOCOL_VERSION,
} from '@waterbus/protocol';
import type { CloseReason, ConnectionState } from '../call.js';
import { coded, codeOf, isPassing, isSessionGone, isSessionOver, isTokenSpent, unreachable } from '../failures.js';
import { backoff } from '../time/backoff.js';
import { CandidateSocket } from './candidate-socket.js';
import { Ended } from './ended.js';
import { firstOpen } from './first-open.js';
import { RequestGate } from './request-gate.js';
import type { OpenSocket, ServerMessage, SignallingSocket, SocketListener } from './socket.js';

/**
 * How a session got its state: first join, the same participant on a new socket after a time in
 * which answers may have been lost, the same without any such time, or a new participant after the
 * old one expired.
 */
export type Entry = 'joined' | 'resumed' | 'moved' | 'rejoined';

export interface SessionListener {
  entered(response: JoinedResponse, entry: Entry): void;
  message(message: Exclude<ServerMessage, { name: 'ended' | 'moving' | 'staying' }>): void;
  connection(state: ConnectionState): void;
  closed(reason: CloseReason): void;
}

export interface SessionOptions {
  /** Requests a join token and the origins of Server WS from Server API. */
  authorize(signal?: AbortSignal): Promise<{ token: string; origins: string[] }>;
  openSocket: OpenSocket;
  listener: SessionListener;
  /** The origin that `authorize` will most likely answer: a socket to it is opened meanwhile. */
  likelyOrigin?: string | undefined;
  /** The media to open with a join. */
  firstMedia?: () => Promise<ClientRequest<'join'>['media']>;
  random?: () => number;
}

/** Sends requests while connected. The media side's interface to a session. */
export interface Requester {
  readonly connection: ConnectionState;
  request<N extends ClientRequestName>(name: N, data: ClientRequest<N>, timeout?: number): Promise<ClientResponse<N>>;
  /**
   * Another connection to the servers was lost: the socket may be dead too, without an event yet.
   */
  doubt(): void;
}

/**
 * The participant's signalling session over any number of sockets: joins, resumes after a loss,
 * moves when a server asks for it, and joins afresh when the participant has expired on the
 * servers. `closed` is emitted once, and no event follows it.
 */
export class SignallingSession implements Requester {
  connection: ConnectionState = 'connecting';
  #options: SessionOptions;
  #random: () => number;
  #socket: SignallingSocket | undefined;
  #origins: string[] = [];
  /** Of the session's socket, or the last that it had. */
  #origin = '';
  /** Failed attempts to resume since then. */
  #failures = 0;
  /** The origin to which a socket is opened while Server API decides about a join. */
  #aheadOrigin: string | undefined;
  #resumeToken = '';
  #reconnecting = false;
  #gate = new RequestGate();
  /** The server of this socket requests a move to another one (R10). */
  #moveDue = false;
  #moving = false;
  /** The socket whose liveness is being checked. */
  #doubted: SignallingSocket | undefined;
  /** The old socket may end at any moment, which is no loss. */
  #handingOver = false;
  #wakes = new Set<() => void>();
  #abort = new AbortController();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#aheadOrigin = options.likelyOrigin;
  }

  /**
   * The first join. Rejects at once when the server refuses, and after a few attempts when it is
   * unreachable.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const abort = () => this.#abort.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (let attempt = 0, spent = 0; ; attempt++) {
        try {
          return await this.#enter('joined');
        } catch (error) {
          if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
          if (error instanceof Ended) throw coded('permission.denied', `removed while joining: ${error.reason}`);
          if (isTokenSpent(error)) spent += 1;
          const again = isPassing(error) || (isTokenSpent(error) && spent < TOKENS_TRIED);
          if (!again || attempt + 1 >= START_ATTEMPTS) throw error;
          await this.#pause(backoff(attempt + 1, this.#random));
        }
      }
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Proves to Server API that the participant is in the call. Never shown or logged. */
  get resumeToken(): string {
    return this.#resumeToken;
  }

  request: Requester['request'] = (name, data, timeout) =>
    this.#gate.pass(async () => {
      const socket = this.#socket;
      if (!socket) throw unreachable('the connection is being restored');
      try {
        return await socket.request(name, data, timeout);
      } catch (error) {
        // The socket of the request is not the session's any more: its statement about the session
        // is out of date.
        const outOfDate = socket !== this.#socket || this.#handingOver;
        if (outOfDate && isSessionOver(error)) throw unreachable('answered by the server before');
        throw error;
      }
    });

  /**
   * The network has changed: a waiting attempt is made now, and a socket that may be dead is
   * checked.
   */
  networkChanged(): void {
    for (const wake of [...this.#wakes]) wake();
    this.doubt();
  }

  doubt(): void {
    const socket = this.#socket;
    if (this.connection !== 'connected' || !socket || socket === this.#doubted) return;
    this.#doubted = socket;
    const answered = () => {
      if (this.#doubted === socket) this.#doubted = undefined;
    };
    socket.request('sync', {}, PROBE_TIMEOUT).then(answered, (error) => {
      answered();
      if (codeOf(error) !== 'network.unreachable' || socket !== this.#socket) return;
      socket.close();
      this.#lost(socket);
    });
  }

  /** Leaves and closes; emits `closed('left')`. */
  async leave(): Promise<void> {
    if (this.connection === 'closed') return;
    const socket = this.#socket;
    const goodbye = socket?.request('leave', {}, LEAVE_TIMEOUT).catch(() => {});
    this.#socket = undefined;
    this.#close('left');
    await goodbye;
    socket?.close();
  }

  async #enter(entry: Entry): Promise<void> {
    const { signal } = this.#abort;
    if (entry === 'resumed') return this.#resume(async () => entry);
    const { openSocket } = this.#options;
    const ahead = this.#openAhead();
    try {
      const { token, origins } = await this.#options.authorize(signal);
      this.#origins = origins;
      const join: ClientRequest<'join'> = {
        token,
        protocolVersion: PROTOCOL_VERSION,
        media: await this.#options.firstMedia?.(),
        ...(entry === 'rejoined' && { formerly: this.#resumeToken }),
      };
      let failure: unknown = unreachable('no signalling server was named');
      const usable = ahead && !ahead.lost && origins.includes(ahead.origin) ? ahead : undefined;
      if (!usable) ahead?.discard();
      const others = origins.filter((origin) => origin !== usable?.origin);
      for (const candidate of usable ? [usable, ...others] : others) {
        const isAhead = candidate instanceof CandidateSocket;
        if (isAhead) candidate.submit(join);
        const socket = isAhead ? candidate : new CandidateSocket(openSocket, candidate, signal, Promise.resolve(join));
        try {
          return await this.#adopt(
            socket,
            async () => entry,
            (opened) => opened.joined ?? opened.request('join', join),
          );
        } catch (error) {
          failure = error;
          // Another origin only helps if this one did not accept the token.
          if (!isPassing(error)) break;
        }
      }
      throw failure;
    } catch (error) {
      ahead?.discard();
      throw error;
    }
  }

  /**
   * Opens a socket while Server API decides; not a second time, in case it was the wrong origin.
   */
  #openAhead(): CandidateSocket | undefined {
    const origin = this.#aheadOrigin;
    if (origin === undefined) return undefined;
    this.#aheadOrigin = undefined;
    const ahead = CandidateSocket.ahead(this.#options.openSocket, origin, this.#abort.signal);
    // Longer waits are for a moderator's decision; the server closes a socket that does not join.
    const timer = setTimeout(() => ahead.discard(), AHEAD_LIFETIME);
    const stop = () => clearTimeout(timer);
    ahead.opened.then(stop, stop);
    return ahead;
  }

  /**
   * `ready`: called once the new socket is open; answers the kind of entry. The server of the last
   * socket knows most of the session, so it is the first unless it requested a move; after a
   * failure another one is.
   */
  async #resume(ready: () => Promise<Entry>, elsewhere = false): Promise<void> {
    const { openSocket } = this.#options;
    const from = this.#origins.indexOf(this.#origin) + this.#failures++ + (elsewhere ? 1 : 0);
    const order = this.#origins.map((_, i, origins) => origins[(Math.max(0, from) + i) % origins.length]!);
    const resume = { resumeToken: this.#resumeToken, protocolVersion: PROTOCOL_VERSION };
    const open = (origin: string) => new CandidateSocket(openSocket, origin, this.#abort.signal);
    const candidate = await firstOpen(order, open);
    return this.#adopt(candidate, ready, (socket) => socket.request('resume', resume));
  }

  /** Joins or resumes on a socket as soon as it is open, and makes it the session's. */
  async #adopt(
    candidate: CandidateSocket,
    ready: () => Promise<Entry>,
    ask: (socket: SignallingSocket) => Promise<JoinedResponse>,
  ): Promise<void> {
    const { signal } = this.#abort;
    const socket = await candidate.opened;
    const listener: SocketListener = {
      message: (message) => {
        if (socket === this.#socket) this.#message(message);
      },
      lost: () => this.#lost(socket),
    };
    let joined: JoinedResponse;
    let entry: Entry;
    try {
      entry = await ready();
      joined = await ask(socket);
      if (signal.aborted) throw signal.reason;
      if (candidate.lost) throw unreachable('the socket was lost while joining');
    } catch (error) {
      socket.close();
      // A server answered, and accepts the participant anew.
      if (isSessionGone(error)) this.#aheadOrigin = candidate.origin;
      const ended = candidate.early.find((message) => message.name === 'ended');
      const reason = ended?.data.reason;
      if (reason && reason !== 'expired' && reason !== 'replaced') throw new Ended(reason);
      throw error;
    }
    const previous = this.#socket;
    this.#socket = socket;
    this.#origin = candidate.origin;
    this.#failures = 0;
    this.#resumeToken = joined.resumeToken;
    candidate.adopt(listener);
    previous?.close();
    this.#moveDue = false;
    this.#setConnection('connected');
    this.#options.listener.entered(joined, entry);
    for (const message of candidate.early) listener.message(message);
  }

  #message(message: ServerMessage): void {
    if (message.name === 'moving') {
      this.#moveDue = true;
      void this.#moveOn();
      return;
    }
    if (message.name === 'staying') {
      this.#moveDue = false;
      return;
    }
    if (message.name !== 'ended') {
      this.#options.listener.message(message);
      return;
    }
    const { reason } = message.data;
    // The old socket reports that its own successor has replaced it.
    if (reason === 'replaced' && (this.#reconnecting || this.#handingOver)) return;
    this.#socket?.close();
    this.#socket = undefined;
    if (reason === 'expired') {
      this.#setConnection('reconnecting');
      void this.#reconnect('rejoined');
    } else {
      this.#close(reason);
    }
  }

  #lost(socket: SignallingSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    // Its successor is taking over.
    if (this.#handingOver) return;
    this.#setConnection('reconnecting');
    void this.#reconnect();
  }

  /**
   * Make before break (R10): the old socket serves until a new one has resumed on another server,
   * without a visible change. While it serves, the move has no deadline; when it is lost, that is a
   * loss like any other.
   */
  async #moveOn(): Promise<void> {
    if (this.#moving || this.#reconnecting) return;
    this.#moving = true;
    for (let attempt = 0; this.#mayMove; attempt++) {
      await this.#pause(backoff(attempt, this.#random));
      try {
        if (this.#mayMove) await this.#handOver();
      } catch (error) {
        if (this.#abort.signal.aborted) break;
        if (error instanceof Ended) this.#close(error.reason);
      }
    }
    this.#moving = false;
    // The event that ended the old socket also kept the new one from taking over.
    if (!this.#socket && this.connection === 'connected') {
      this.#setConnection('reconnecting');
      void this.#reconnect();
    }
  }

  get #mayMove(): boolean {
    return this.#moveDue && this.#socket !== undefined && !this.#reconnecting && this.connection === 'connected';
  }

  async #handOver(): Promise<void> {
    try {
      await this.#resume(async () => {
        this.#gate.hold();
        const quiet = await this.#gate.quiet(QUIET_TIMEOUT);
        if (!this.#mayMove) throw unreachable('not moving any more');
        this.#handingOver = true;
        return quiet ? 'moved' : 'resumed';
      }, true);
    } finally {
      this.#handingOver = false;
      this.#gate.release();
    }
  }

  async #reconnect(entry: Entry = 'resumed'): Promise<void> {
    if (this.#reconnecting || this.connection === 'closed') return;
    this.#reconnecting = true;
    const deadline = Date.now() + GIVE_UP_AFTER;
    let way = entry;
    let spent = 0;
    for (let attempt = 0; ; attempt++) {
      const woken = await this.#pause(backoff(attempt, this.#random));
      if (this.#abort.signal.aborted) return;
      if (woken) attempt = 0;
      try {
        await this.#enter(way);
        this.#reconnecting = false;
        // The new socket may have been lost within the same turn, or its server may be draining.
        if (!this.#socket && (this.connection as ConnectionState) !== 'closed') void this.#reconnect();
        else if (this.#moveDue) void this.#moveOn();
        return;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (error instanceof Ended) return this.#close(error.reason);
        if (way === 'rejoined' && isTokenSpent(error)) spent += 1;
        if (spent >= TOKENS_TRIED) return this.#close('expired');
        if (isSessionGone(error)) {
          // A server has answered: the next attempt need not wait.
          if (way !== 'rejoined') attempt = -1;
          way = 'rejoined';
        } else if (codeOf(error) === 'session.replaced') {
          return this.#close('replaced');
        } else if (!isPassing(error)) {
          return this.#close(way === 'rejoined' ? 'expired' : 'failed');
        }
        if (Date.now() > deadline) return this.#close('failed');
      }
    }
  }

  /** Waits; true if a change of the network ended the wait early. */
  #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      const done = (woken: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        this.#wakes.delete(wake);
        resolve(woken);
      };
      const aborted = () => done(false);
      const timer = setTimeout(() => done(false), milliseconds);
      signal.addEventListener('abort', aborted);
      const wake = () => done(true);
      this.#wakes.add(wake);
      if (signal.aborted) done(false);
    });
  }

  #setConnection(state: ConnectionState): void {
    if (this.connection === state || this.connection === 'closed') return;
    this.connection = state;
    this.#options.listener.connection(state);
  }

  #close(reason: CloseReason): void {
    if (this.connection === 'closed') return;
    this.#setConnection('closed');
    this.#end();
    this.#options.listener.closed(reason);
  }

  #end(): void {
    this.connection = 'closed';
    this.#abort.abort();
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/**
 * Join tokens that may be spent when they arrive: the answer to the first may have been lost, but
 * not to the second too.
 */
const TOKENS_TRIED = 2;

/**
 * Milliseconds, less than the time in which a server expects the join: a token must not reach a
 * socket that is being closed.
 */
const AHEAD_LIFETIME = 8_000;

/** Attempts of the first join before it rejects: about a second, a user is waiting. */
const START_ATTEMPTS = 3;

/**
 * Milliseconds after which reconnecting is given up: after that time a participant should not
 * reappear without notice.
 */
const GIVE_UP_AFTER = 300_000;

/** Milliseconds that pending requests may take before the session changes sockets all the same. */
const QUIET_TIMEOUT = 2_000;

/**
 * Milliseconds in which a socket must prove that it is alive; a needless new socket costs little.
 */
const PROBE_TIMEOUT = 1_500;

/**
 * Milliseconds that leaving waits for its acknowledgement; the server detects a closed socket
 * anyway.
 */
const LEAVE_TIMEOUT = 1_000;
