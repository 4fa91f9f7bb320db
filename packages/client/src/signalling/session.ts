import type { ClientRequest, ClientRequestName, ClientResponse, JoinedResponse } from '@waterbus/protocol';
import type { CloseReason, ConnectionState } from '../api/call.js';
import { coded, codeOf, isPassing, isSessionGone, isSessionOver, isTokenSpent, unreachable } from '../failures.js';
import { backoff } from '../time/backoff.js';
import { Pauses } from '../time/pauses.js';
import { Ended } from './ended.js';
import { type Accepted, Entrance, type EntranceOptions } from './entrance.js';
import { RequestGate } from './request-gate.js';
import {
  CONNECTION,
  hasSocket,
  isHandingOver,
  next,
  type SessionEvent,
  type SessionState,
  WORK,
} from './session-state.js';
import type { ServerMessage, SignallingSocket } from './socket.js';

/**
 * How a session got its state: first join, the same participant on a new socket after a time in
 * which answers may have been lost, the same without any such time, or a new participant after the
 * old one expired.
 */
export type Entry = 'joined' | 'resumed' | 'moved' | 'rejoined';

/** An event of the server, for the users of the session. */
export type SessionMessage = Exclude<ServerMessage, { name: 'ended' | 'moving' | 'staying' }>;

export interface SessionListener {
  entered(response: JoinedResponse, entry: Entry): void;
  message(message: SessionMessage): void;
  connection(state: ConnectionState): void;
  closed(reason: CloseReason): void;
}

export interface SessionOptions extends EntranceOptions {
  listener: SessionListener;
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
 * servers. `next` decides; this class carries out the work of each state. `closed` is
 * emitted once, and no event follows it.
 */
export class SignallingSession implements Requester {
  #listener: SessionListener;
  #random: () => number;
  #entrance: Entrance;
  #state: SessionState = 'joining';
  #socket: SignallingSocket | undefined;
  #gate = new RequestGate();
  #pauses = new Pauses();
  /** The server of the socket has requested a move to another one. */
  #isMoveAsked = false;
  /** The socket whose liveness is being checked. */
  #doubted: SignallingSocket | undefined;
  /** The shortest time of an answer so far, milliseconds. */
  #roundTrip = Number.POSITIVE_INFINITY;
  /** Ends the attempts of the present work. */
  #work = new AbortController();

  constructor({ listener, random = Math.random, ...options }: SessionOptions) {
    this.#listener = listener;
    this.#random = random;
    this.#entrance = new Entrance(options);
  }

  get connection(): ConnectionState {
    return CONNECTION[this.#state];
  }

  /** Proves to Server API that the participant is in the call. Never shown or logged. */
  get resumeToken(): string {
    return this.#entrance.resumeToken;
  }

  /**
   * The first join. Rejects at once when the server refuses, and after a few attempts when it is
   * unreachable.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const work = this.#work;
    const abort = () => work.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const accepted = await this.#join(work.signal);
      if (!this.#adopt(accepted, 'joined', work.signal)) throw work.signal.reason;
    } catch (error) {
      this.#dispatch('given-up');
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  request: Requester['request'] = (name, data, timeout) =>
    this.#gate.send(async () => {
      const socket = this.#socket;
      if (!socket) throw unreachable('the connection is being restored');
      const sentAt = performance.now();
      try {
        const answer = await socket.request(name, data, timeout);
        this.#roundTrip = Math.min(this.#roundTrip, performance.now() - sentAt);
        return answer;
      } catch (error) {
        // The socket of the request is not the session's any more: its statement about the session
        // is out of date.
        const outOfDate = socket !== this.#socket || isHandingOver(this.#state);
        if (outOfDate && isSessionOver(error)) throw unreachable('answered by the server before');
        throw error;
      }
    });

  /**
   * The network has changed: a waiting attempt is made now, and a socket that may be dead is
   * checked.
   */
  networkChanged(): void {
    this.#pauses.wake();
    this.doubt();
  }

  doubt(): void {
    const socket = this.#socket;
    if (!socket || socket === this.#doubted) return;
    this.#doubted = socket;
    const answered = () => {
      if (this.#doubted === socket) this.#doubted = undefined;
    };
    const timeout = Math.min(PROBE_TIMEOUT, SHORTEST_PROBE + 4 * this.#roundTrip);
    socket.request('sync', {}, timeout).then(answered, (error) => {
      answered();
      if (codeOf(error) === 'network.unreachable') this.#lost(socket);
    });
  }

  /**
   * Joins another room of the meeting and leaves the present one, make before break: `authorize`
   * requests the join token. Rejects when the room is refused or the connection is being restored;
   * the session continues as before.
   */
  async change(authorize: EntranceOptions['authorize']): Promise<void> {
    // A second one would use up the token of the first.
    const before: string = this.#state;
    if (before === 'changing') throw unreachable('another room is being entered');
    this.#dispatch('change');
    if (this.#state !== 'changing') throw unreachable('the connection is being restored');
    const { signal } = this.#work;
    let release = () => {};
    try {
      const accepted = await this.#entrance.joinOther(signal, async () => {
        const authorized = await authorize(signal);
        // The answers of the former room come before the new one.
        release = this.#gate.hold(signal);
        await this.#gate.quiet(QUIET_TIMEOUT);
        return authorized;
      });
      if (!this.#adopt(accepted, 'rejoined', signal)) throw unreachable('the connection was lost');
    } catch (error) {
      release();
      if (!signal.aborted) {
        this.#dispatch('refused');
        if (this.#isMoveAsked) this.#dispatch('move');
      }
      throw error;
    }
  }

  /** Leaves and closes; emits `closed('left')`. */
  async leave(): Promise<void> {
    if (this.#state === 'ended') return;
    const left = goodbye(this.#socket);
    // It is closed after the answer.
    this.#socket = undefined;
    this.#dispatch('leave', 'left');
    await left;
  }

  /** `reason`: of an end; without one, `start` rejects instead. */
  #dispatch(event: SessionEvent, reason?: CloseReason): void {
    const before = this.#state;
    const state = next(before, event);
    if (state === before) return;
    this.#state = state;
    if (!hasSocket(state)) {
      this.#socket?.close();
      this.#socket = undefined;
    }
    if (WORK[state] !== WORK[before]) this.#begin(WORK[state]);
    if (state === 'ended' && reason === undefined) return;
    if (CONNECTION[state] !== CONNECTION[before]) this.#listener.connection(CONNECTION[state]);
    if (state === 'ended' && reason !== undefined) this.#listener.closed(reason);
  }

  #begin(work: (typeof WORK)[SessionState]): void {
    this.#work.abort();
    this.#work = new AbortController();
    if (work === 'move') void this.#move(this.#work.signal);
    if (work === 'reconnect') void this.#reconnect(this.#work.signal);
  }

  async #join(signal: AbortSignal): Promise<Accepted> {
    for (let attempt = 0, spent = 0; ; attempt++) {
      try {
        return await this.#entrance.join(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Ended) throw coded('permission.denied', `removed while joining: ${error.reason}`);
        if (isTokenSpent(error)) spent += 1;
        const again = isPassing(error) || (isTokenSpent(error) && spent < TOKENS_TRIED);
        if (!again || attempt + 1 >= START_ATTEMPTS) throw error;
        await this.#pauses.wait(backoff(attempt + 1, this.#random), signal);
      }
    }
  }

  /**
   * Make before break (R10): the old socket serves until a new one has resumed on another server,
   * without a visible change. While it serves, the move has no deadline; when it is lost, that is a
   * loss like any other.
   */
  async #move(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      await this.#pauses.wait(backoff(attempt, this.#random), signal);
      if (!signal.aborted) await this.#handOver(signal);
    }
  }

  async #handOver(signal: AbortSignal): Promise<void> {
    let release = () => {};
    let entry: Entry = 'moved';
    const opened = async () => {
      release = this.#gate.hold(signal);
      if (!(await this.#gate.quiet(QUIET_TIMEOUT))) entry = 'resumed';
      signal.throwIfAborted();
      this.#dispatch('resume');
    };
    let accepted: Accepted;
    try {
      accepted = await this.#entrance.resume(signal, opened, true);
    } catch (error) {
      release();
      if (signal.aborted) return;
      if (error instanceof Ended) this.#dispatch('removed', error.reason);
      else this.#dispatch('refused');
      return;
    }
    this.#adopt(accepted, entry, signal);
  }

  async #reconnect(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + GIVE_UP_AFTER;
    for (let attempt = 0, spent = 0; ; attempt++) {
      const woken = await this.#pauses.wait(backoff(attempt, this.#random), signal);
      if (signal.aborted) return;
      if (woken) attempt = 0;
      const rejoins = this.#state === 'rejoining';
      let accepted: Accepted;
      try {
        accepted = await (rejoins ? this.#entrance.join(signal, true) : this.#entrance.resume(signal));
      } catch (error) {
        if (signal.aborted) return;
        if (rejoins && isTokenSpent(error)) spent += 1;
        // A server has answered: the next attempt need not wait.
        if (!rejoins && isSessionGone(error)) attempt = -1;
        this.#notReconnected(error, spent);
        if (Date.now() > deadline) this.#dispatch('given-up', 'failed');
        continue;
      }
      this.#adopt(accepted, rejoins ? 'rejoined' : 'resumed', signal);
      return;
    }
  }

  #notReconnected(error: unknown, spent: number): void {
    if (error instanceof Ended) this.#dispatch('removed', error.reason);
    else if (spent >= TOKENS_TRIED) this.#dispatch('given-up', 'expired');
    else if (isSessionGone(error)) this.#dispatch('unknown');
    else if (codeOf(error) === 'session.replaced') this.#dispatch('replaced', 'replaced');
    else if (codeOf(error) === 'meeting.archived') this.#dispatch('given-up', 'room-closed');
    else if (!isPassing(error)) this.#dispatch('given-up', this.#state === 'rejoining' ? 'expired' : 'failed');
  }

  /** Makes the socket the session's. False: the work for which it was opened has ended. */
  #adopt({ candidate, socket, response }: Accepted, entry: Entry, signal: AbortSignal): boolean {
    if (signal.aborted) {
      socket.close();
      return false;
    }
    const previous = this.#socket;
    this.#socket = socket;
    const message = (message: ServerMessage) => {
      if (socket === this.#socket) this.#message(message);
    };
    candidate.adopt({ message, lost: () => this.#lost(socket) });
    this.#isMoveAsked = false;
    if (this.#state === 'changing') void goodbye(previous);
    else previous?.close();
    this.#dispatch('entered');
    // A listener may have left the call.
    if (socket !== this.#socket) return true;
    this.#listener.entered(response, entry);
    for (const early of candidate.early) message(early);
    if (candidate.lost) this.#lost(socket);
    return true;
  }

  #message(message: ServerMessage): void {
    switch (message.name) {
      case 'moving':
        this.#isMoveAsked = true;
        this.#dispatch('move');
        return;
      case 'staying':
        this.#isMoveAsked = false;
        this.#dispatch('stay');
        return;
      case 'ended': {
        const { reason } = message.data;
        this.#dispatch(reason === 'expired' || reason === 'replaced' ? reason : 'removed', reason);
        return;
      }
      default:
        this.#listener.message(message);
    }
  }

  #lost(socket: SignallingSocket): void {
    if (socket === this.#socket) this.#dispatch('lost');
  }
}

/** Leaves the room of the socket, and closes it. */
async function goodbye(socket: SignallingSocket | undefined): Promise<void> {
  await socket?.request('leave', {}, LEAVE_TIMEOUT).catch(() => {});
  socket?.close();
}

/**
 * Join tokens that may be spent when they arrive: the answer to the first may have been lost, but
 * not to the second too.
 */
const TOKENS_TRIED = 2;

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
 * Milliseconds in which a socket must prove that it is alive, at most and at least; a needless new
 * socket costs little, and in a network that has changed people wait for it.
 */
const PROBE_TIMEOUT = 1_500;
const SHORTEST_PROBE = 500;

/**
 * Milliseconds that leaving waits for its acknowledgement; the server detects a closed socket
 * anyway.
 */
const LEAVE_TIMEOUT = 1_000;
