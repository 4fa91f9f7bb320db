import {
  CodedError,
  type Grants,
  type Source,
  type VideoCodec,
  type WhipAnswer,
  type WhipBody,
} from '@waterbus/protocol';
import type { RouterCapabilities } from '../media/nodes/router-capabilities.js';
import type { SessionRequests } from '../participants/requests.js';
import type { Session } from '../participants/session.js';
import { writeAnswer } from './answer.js';
import { chooseStreams, type TakenStream } from './choice.js';
import type { Entered, HttpSessions, Opened } from './http-sessions.js';
import { type Offer, readOffer } from './offer.js';

interface WhipContext {
  sessions: HttpSessions;
  requests: SessionRequests;
  capabilities: RouterCapabilities;
}

/** Publishers over HTTP (WHIP, RFC 9725). */
export class Whip {
  constructor(private readonly context: WhipContext) {}

  async publish(body: WhipBody<'whip.publish'>): Promise<WhipAnswer<'whip.publish'>> {
    const { sessions, capabilities } = this.context;
    const offer = readOffer(body.offer, 'sends');
    // Before the room sees a participant that has nothing to publish.
    chooseStreams(offer, await capabilities.read(), { decoded: [] });
    return sessions.enter(body, offer.ice, (entered) => this.open(entered, offer));
  }

  /** Opens the transport and the streams. */
  private async open({ session, client }: Entered, offer: Offer): Promise<Opened> {
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
    return { transport, write: (reachable) => writeAnswer(offer, taken, reachable, 'sends') };
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

const SOUNDS = ['microphone', 'screen-audio'] as const;
const PICTURES = ['camera', 'screen'] as const;
