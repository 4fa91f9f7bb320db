import { type ClientRequest, type JoinedResponse, PROTOCOL_VERSION } from '@waterbus/protocol';
import { isPassing, isSessionGone, unreachable } from '../failures.js';
import { CandidateSocket } from './candidate-socket.js';
import { Ended } from './ended.js';
import { firstOpen } from './first-open.js';
import type { OpenSocket, SignallingSocket } from './socket.js';

export interface EntranceOptions {
  /** Requests a join token and the origins of Server WS from Server API. */
  authorize(signal?: AbortSignal): Promise<{ token: string; origins: string[] }>;
  openSocket: OpenSocket;
  /** The origin that `authorize` will most likely answer: a socket to it is opened meanwhile. */
  likelyOrigin?: string | undefined;
  /** The media to open with a join. */
  firstMedia?: () => Promise<ClientRequest<'join'>['media']>;
}

/** A socket on which a server accepted the participant. */
export interface Accepted {
  candidate: CandidateSocket;
  socket: SignallingSocket;
  response: JoinedResponse;
}

/**
 * The ways into the room: a join with a new token, or the resumption of the same participant. Each
 * call is one attempt, at as many servers as can help.
 */
export class Entrance {
  #options: EntranceOptions;
  #origins: string[] = [];
  /** Of the last accepted socket. */
  #origin = '';
  /** Attempts to resume since then. */
  #attempts = 0;
  /** The origin to which a socket is opened while Server API decides about a join. */
  #aheadOrigin: string | undefined;
  #resumeToken = '';

  constructor(options: EntranceOptions) {
    this.#options = options;
    this.#aheadOrigin = options.likelyOrigin;
  }

  get resumeToken(): string {
    return this.#resumeToken;
  }

  /** Another room of the meeting, with a token for it. The servers are the same. */
  joinOther(signal: AbortSignal, authorize: EntranceOptions['authorize']): Promise<Accepted> {
    this.#aheadOrigin = this.#origin;
    return this.join(signal, false, authorize);
  }

  /** `again`: in place of the former participant. */
  async join(signal: AbortSignal, again = false, authorize = this.#options.authorize): Promise<Accepted> {
    const ahead = this.#openAhead(signal);
    try {
      const { token, origins } = await authorize(signal);
      this.#origins = origins;
      const join: ClientRequest<'join'> = {
        token,
        protocolVersion: PROTOCOL_VERSION,
        media: await this.#options.firstMedia?.(),
        ...(again && { formerly: this.#resumeToken }),
      };
      return await this.#joinOneOf(origins, join, ahead, signal);
    } catch (error) {
      ahead?.discard();
      throw error;
    }
  }

  /**
   * `opened` is called once the new socket is open. The server of the last socket knows most of the
   * session, so it is the first unless it requested a move (`elsewhere`); after a failure another
   * one is.
   */
  async resume(signal: AbortSignal, opened = async () => {}, elsewhere = false): Promise<Accepted> {
    const from = this.#origins.indexOf(this.#origin) + this.#attempts++ + (elsewhere ? 1 : 0);
    const order = this.#origins.map((_, i, origins) => origins[(Math.max(0, from) + i) % origins.length]!);
    const resume = { resumeToken: this.#resumeToken, protocolVersion: PROTOCOL_VERSION };
    const open = (origin: string) => new CandidateSocket(this.#options.openSocket, origin, signal);
    const candidate = await firstOpen(order, open);
    return this.#accepted(candidate, signal, async (socket) => {
      await opened();
      return socket.request('resume', resume);
    });
  }

  async #joinOneOf(
    origins: readonly string[],
    join: ClientRequest<'join'>,
    ahead: CandidateSocket | undefined,
    signal: AbortSignal,
  ): Promise<Accepted> {
    let failure: unknown = unreachable('no signalling server was named');
    const usable = ahead && !ahead.lost && origins.includes(ahead.origin) ? ahead : undefined;
    if (!usable) ahead?.discard();
    const others = origins.filter((origin) => origin !== usable?.origin);
    for (const place of usable ? [usable, ...others] : others) {
      const isAhead = place instanceof CandidateSocket;
      if (isAhead) place.submit(join);
      const candidate = isAhead
        ? place
        : new CandidateSocket(this.#options.openSocket, place, signal, Promise.resolve(join));
      try {
        return await this.#accepted(candidate, signal, (socket) => socket.joined ?? socket.request('join', join));
      } catch (error) {
        failure = error;
        // Another origin only helps if this one did not accept the token.
        if (!isPassing(error)) break;
      }
    }
    throw failure;
  }

  /** Sends the request that enters as soon as the socket is open. */
  async #accepted(
    candidate: CandidateSocket,
    signal: AbortSignal,
    enter: (socket: SignallingSocket) => Promise<JoinedResponse>,
  ): Promise<Accepted> {
    const socket = await candidate.opened;
    try {
      const response = await enter(socket);
      signal.throwIfAborted();
      if (candidate.lost) throw unreachable('the socket was lost while joining');
      this.#origin = candidate.origin;
      this.#attempts = 0;
      this.#resumeToken = response.resumeToken;
      return { candidate, socket, response };
    } catch (error) {
      socket.close();
      // A server answered, and accepts the participant anew.
      if (isSessionGone(error)) this.#aheadOrigin = candidate.origin;
      const ended = candidate.early.find((message) => message.name === 'ended');
      const reason = ended?.data.reason;
      if (reason && reason !== 'expired' && reason !== 'replaced') throw new Ended(reason);
      throw error;
    }
  }

  /**
   * Opens a socket while Server API decides; not a second time, in case it was the wrong origin.
   */
  #openAhead(signal: AbortSignal): CandidateSocket | undefined {
    const origin = this.#aheadOrigin;
    if (origin === undefined) return undefined;
    this.#aheadOrigin = undefined;
    const ahead = CandidateSocket.ahead(this.#options.openSocket, origin, signal);
    // Longer waits are for a moderator's decision; the server closes a socket that does not join.
    const timer = setTimeout(() => ahead.discard(), AHEAD_LIFETIME);
    const stop = () => clearTimeout(timer);
    ahead.opened.then(stop, stop);
    return ahead;
  }
}

/**
 * Milliseconds, less than the time in which a server expects the join: a token must not reach a
 * socket that is being closed.
 */
const AHEAD_LIFETIME = 8_000;
