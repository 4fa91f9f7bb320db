import type { Clock } from '@waterbus/cluster';
import {
  CodedError,
  PROTOCOL_VERSION,
  type TransportParameters,
  type WhipAnswer,
  type WhipBody,
} from '@waterbus/protocol';
import { reachableCandidates, unlessProxied } from '../media/participant/reachable-candidates.js';
import type { Joining } from '../participants/joining.js';
import type { SessionRequests } from '../participants/requests.js';
import type { Session } from '../participants/session.js';
import { network } from '../sockets/callers.js';
import type { IceServers } from '../turn/ice-servers.js';
import { readFragment, writeFragment } from './fragment.js';
import { HttpClient } from './http-client.js';
import type { IceCredentials } from './offer.js';

interface HttpSessionsContext {
  joining: Pick<Joining, 'join'>;
  requests: SessionRequests;
  iceServers: IceServers;
  clock: Clock;
}

/** A client over HTTP, at home here. */
interface HttpSession {
  session: Session;
  transportId: string;
  /** The client's and the server's ICE user name fragments. */
  ufrag: string;
  etag: string;
}

/** A participant that has joined for its only transport. */
export interface Entered {
  session: Session;
  client: HttpClient;
}

/** Its transport, and the answer with these candidates. */
export interface Opened {
  transport: TransportParameters;
  write(transport: TransportParameters): string;
}

/**
 * Participants over HTTP: publishers (WHIP, RFC 9725) and players (WHEP). Each is a participant like
 * any other: it joins with a token, its grants are checked where they are used, and moderators
 * remove it. It has no socket, so its presence ends with its transport.
 */
export class HttpSessions {
  private readonly sessions = new Map<string, HttpSession>();

  constructor(private readonly context: HttpSessionsContext) {}

  get size(): number {
    return this.sessions.size;
  }

  /** Joins; `open` then opens its transport. When that fails, it leaves. */
  async enter(
    body: WhipBody<'whip.publish'>,
    ice: IceCredentials,
    open: (entered: Entered) => Promise<Opened>,
  ): Promise<WhipAnswer<'whip.publish'>> {
    const { joining, clock } = this.context;
    let session: Session | undefined;
    const client = new HttpClient(network(body.address), clock, () => {
      if (!session) return;
      this.sessions.delete(session.participantId);
      void session.end('connection-lost');
    });
    const { token } = body;
    const admission = await joining.join({ token, protocolVersion: PROTOCOL_VERSION }, client);
    session = admission.session;
    admission.answer(() => {});
    // The way of its HTTP requests ends at Server API.
    const { participantId } = session;
    const iceServers = this.context.iceServers.for(participantId, body.way);
    try {
      const { transport, write } = await open({ session, client });
      if (session.ended) throw new CodedError('server.unavailable', 'the session has ended');
      const etag = transport.iceParameters.usernameFragment;
      this.sessions.set(participantId, { session, transportId: transport.id, ufrag: ice.ufrag, etag });
      this.setCredentials(session, transport.id, ice);
      const address = unlessProxied(body.address, body.forwarded ? '' : undefined);
      const iceCandidates = reachableCandidates(transport.iceCandidates, address);
      return { participantId, iceServers, answer: write({ ...transport, iceCandidates }), etag };
    } catch (error) {
      await session.end('left');
      throw error;
    }
  }

  /** RFC 9725 section 4.3: candidates need no answer; other ICE credentials ask for a restart. */
  async patch({ ifMatch, fragment, ...which }: WhipBody<'whip.patch'>): Promise<WhipAnswer<'whip.patch'>> {
    const found = this.find(which);
    const ice = readFragment(fragment);
    const restarts = ice.ufrag !== found.ufrag;
    if (!matches(ifMatch, found.etag)) throw new CodedError('whip.precondition_failed');
    if (!restarts) return null;
    const { session, transportId } = found;
    const { iceParameters } = await this.context.requests['transport.restartIce'](session, { transportId });
    found.ufrag = ice.ufrag;
    found.etag = iceParameters.usernameFragment;
    this.setCredentials(session, transportId, ice);
    return { fragment: writeFragment({ iceParameters }), etag: found.etag };
  }

  /**
   * The media node checks with them where the client receives. It works without them too, so
   * neither credentials that it does not take nor a failure refuses the client.
   */
  private setCredentials(session: Session, transportId: string, { ufrag, password }: IceCredentials): void {
    if (password === undefined) return;
    const iceParameters = { usernameFragment: ufrag, password, iceLite: false };
    const request = this.context.requests['transport.credentials'](session, { transportId, iceParameters });
    request.catch((error) => session.failed('ICE credentials not set', error));
  }

  async close(which: WhipBody<'whip.close'>): Promise<null> {
    await this.find(which).session.end('left', 'left');
    return null;
  }

  private find({ roomId, participantId }: WhipBody<'whip.close'>): HttpSession {
    const found = this.sessions.get(participantId);
    if (!found || found.session.ended || found.session.roomId !== roomId) throw new CodedError('whip.not_found');
    return found;
  }
}

/** RFC 9110 section 13.1.1, with strong comparison. */
function matches(ifMatch: string, etag: string): boolean {
  return ifMatch.trim() === '*' || ifMatch.split(',').some((one) => one.trim() === `"${etag}"`);
}
