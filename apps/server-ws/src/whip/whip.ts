import type { Clock } from '@waterbus/cluster';
import {
  CodedError,
  type Grants,
  PROTOCOL_VERSION,
  type Source,
  type VideoCodec,
  type WhipAnswer,
  type WhipBody,
  type WhipMethod,
} from '@waterbus/protocol';
import type { RouterCapabilities } from '../media/nodes/router-capabilities.js';
import { reachableCandidates, unlessProxied } from '../media/participant/reachable-candidates.js';
import type { Joining } from '../participants/joining.js';
import type { SessionRequests } from '../participants/requests.js';
import type { Session } from '../participants/session.js';
import { network } from '../sockets/callers.js';
import type { IceServers } from '../turn/ice-servers.js';
import { writeAnswer } from './answer.js';
import { chooseStreams, type TakenStream } from './choice.js';
import { readFragment, writeFragment } from './fragment.js';
import { HttpClient } from './http-client.js';
import { type Offer, readOffer } from './offer.js';

interface WhipContext {
  joining: Pick<Joining, 'join'>;
  requests: SessionRequests;
  capabilities: RouterCapabilities;
  iceServers: IceServers;
  clock: Clock;
}

/** A publisher over HTTP, at home here. */
interface Publisher {
  session: Session;
  transportId: string;
  /** The client's and the server's ICE user name fragments. */
  ufrag: string;
  etag: string;
}

/**
 * Publishers over HTTP (WHIP, RFC 9725). Each is a participant like any other: it joins with a
 * token, its grants are checked where they are used, and moderators mute and remove it. It has no
 * socket, so its presence ends with its transport.
 */
export class Whip {
  private readonly publishers = new Map<string, Publisher>();

  constructor(private readonly context: WhipContext) {}

  get size(): number {
    return this.publishers.size;
  }

  /** The answers to the bus, by method. */
  readonly handlers: { [M in WhipMethod]: (body: WhipBody<M>) => Promise<WhipAnswer<M>> } = {
    'whip.publish': (body) => this.publish(body),
    'whip.patch': (body) => this.patch(body),
    'whip.close': async (body) => {
      await this.publisher(body).session.end('left', 'left');
      return null;
    },
  };

  private async publish(body: WhipBody<'whip.publish'>): Promise<WhipAnswer<'whip.publish'>> {
    const { joining, capabilities } = this.context;
    const offer = readOffer(body.offer);
    // Before the room sees a participant that has nothing to publish.
    chooseStreams(offer, await capabilities.read(), { decoded: [] });
    let session: Session | undefined;
    const client = new HttpClient(network(body.address), this.context.clock, () => {
      if (!session) return;
      this.publishers.delete(session.participantId);
      void session.end('connection-lost');
    });
    const { token } = body;
    const admission = await joining.join({ token, protocolVersion: PROTOCOL_VERSION }, client);
    session = admission.session;
    admission.answer(() => {});
    // The way of its HTTP requests ends at Server API.
    const iceServers = this.context.iceServers.for(session.participantId, body.way);
    try {
      const address = unlessProxied(body.address, body.forwarded ? '' : undefined);
      const opened = await this.open(session, client, offer, address);
      return { participantId: session.participantId, iceServers, ...opened };
    } catch (error) {
      await session.end('left');
      throw error;
    }
  }

  /** Opens the transport and the streams. */
  private async open(
    session: Session,
    client: HttpClient,
    offer: Offer,
    address: string | undefined,
  ): Promise<{ answer: string; etag: string }> {
    const { requests, capabilities } = this.context;
    const taken = chooseStreams(offer, await capabilities.read(), codecWishes(session));
    const { transport } = await requests['transport.open'](session, { direction: 'send' });
    const transportId = transport.id;
    client.transportId = transportId;
    await requests['transport.connect'](session, { transportId, dtlsParameters: offer.dtls });
    for (const { stream, parameters } of taken) {
      const { kind } = stream;
      const source = sourceOf(session.grants, kind);
      const order = { transportId, kind, source, rtpParameters: parameters, paused: false };
      client.produces((await requests.produce(session, order)).producerId);
    }
    if (session.ended) throw new CodedError('server.unavailable', 'the session has ended');
    const etag = transport.iceParameters.usernameFragment;
    this.publishers.set(session.participantId, { session, transportId, ufrag: offer.ufrag, etag });
    const iceCandidates = reachableCandidates(transport.iceCandidates, address);
    return { answer: writeAnswer(offer, taken, { ...transport, iceCandidates }), etag };
  }

  /** RFC 9725 section 4.3: candidates need no answer; other ICE credentials ask for a restart. */
  private async patch({ ifMatch, fragment, ...which }: WhipBody<'whip.patch'>): Promise<WhipAnswer<'whip.patch'>> {
    const publisher = this.publisher(which);
    const ufrag = readFragment(fragment);
    const restarts = ufrag !== publisher.ufrag;
    if (!matches(ifMatch, publisher.etag)) throw new CodedError('whip.precondition_failed');
    if (!restarts) return null;
    const { session, transportId } = publisher;
    const { iceParameters } = await this.context.requests['transport.restartIce'](session, { transportId });
    publisher.ufrag = ufrag;
    publisher.etag = iceParameters.usernameFragment;
    return { fragment: writeFragment({ iceParameters }), etag: publisher.etag };
  }

  private publisher({ roomId, participantId }: WhipBody<'whip.close'>): Publisher {
    const publisher = this.publishers.get(participantId);
    if (!publisher || publisher.session.ended || publisher.session.roomId !== roomId) {
      throw new CodedError('whip.not_found');
    }
    return publisher;
  }
}

/** A sound and a picture have one source each: the first that is granted. */
function sourceOf({ publish }: Grants, kind: TakenStream['stream']['kind']): Source {
  const sources = kind === 'audio' ? SOUNDS : PICTURES;
  const source = sources.find((one) => publish.includes(one));
  if (!source) throw new CodedError('permission.denied', `publishing ${kind} is not granted`);
  return source;
}

function codecWishes({ videoCodec, room, participantId }: Session): {
  preferred: VideoCodec | undefined;
  decoded: readonly VideoCodec[][];
} {
  const others = room.participants.filter(({ id }) => id !== participantId);
  return {
    preferred: videoCodec === 'auto' ? undefined : videoCodec,
    decoded: others.flatMap(({ decodes }) => (decodes?.length ? [decodes] : [])),
  };
}

/** RFC 9110 section 13.1.1, with strong comparison. */
function matches(ifMatch: string, etag: string): boolean {
  return ifMatch.trim() === '*' || ifMatch.split(',').some((one) => one.trim() === `"${etag}"`);
}

const SOUNDS = ['microphone', 'screen-audio'] as const;
const PICTURES = ['camera', 'screen'] as const;
