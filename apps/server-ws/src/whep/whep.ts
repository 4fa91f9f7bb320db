import type { Clock } from '@waterbus/cluster';
import { CodedError, decodedVideoCodecs, type WhipAnswer, type WhipBody } from '@waterbus/protocol';
import type { MediaNodeChanges } from '../media/nodes/media-node-changes.js';
import type { RouterCapabilities } from '../media/nodes/router-capabilities.js';
import type { MediaPipes } from '../media/pipes/media-pipes.js';
import type { SessionRequests } from '../participants/requests.js';
import type { Candidates } from '../placement/candidates.js';
import { isOpen } from '../placement/place.js';
import { writeAnswer } from '../whip/answer.js';
import type { TakenStream } from '../whip/choice.js';
import type { Entered, HttpSessions, Opened } from '../whip/http-sessions.js';
import { type Offer, readOffer } from '../whip/offer.js';
import { nodeOf } from './program.js';
import { takeSections } from './sections.js';
import { Watching } from './watching.js';

interface WhepContext {
  sessions: HttpSessions;
  requests: SessionRequests;
  capabilities: RouterCapabilities;
  clock: Clock;
  candidates: Candidates;
  changes: Pick<MediaNodeChanges, 'onDraining'>;
  pipes: MediaPipes;
}

/**
 * Players over HTTP (WHEP, draft-ietf-wish-whep). A player has one transport on one media node, and
 * sections that it offered once: the server fills them with what is worth watching at the moment,
 * from other media nodes through pipes.
 */
export class Whep {
  constructor(private readonly context: WhepContext) {}

  async watch(body: WhipBody<'whep.watch'>): Promise<WhipAnswer<'whep.watch'>> {
    const { sessions, capabilities } = this.context;
    const offer = readOffer(body.offer, 'receives');
    const taken = takeSections(offer, await capabilities.read(), STREAM_NAME);
    const { participant, ...entering } = body;
    return sessions.enter(entering, offer.ice, (entered) => this.open(entered, offer, taken, participant));
  }

  private async open(
    { session, client }: Entered,
    offer: Offer,
    taken: readonly TakenStream[],
    only: string | undefined,
  ): Promise<Opened> {
    const { requests, candidates, changes, pipes } = this.context;
    const { room, media } = session;
    const ofKind = (kind: string) => taken.filter(({ stream }) => stream.kind === kind);
    const picture = ofKind('video')[0]?.parameters;
    const kind = 'video' as const;
    const decodes = decodedVideoCodecs({ codecs: picture?.codecs.map((codec) => ({ kind, ...codec })) ?? [] });
    media.announceCodecs(decodes);
    const accepts = (id: string) => isOpen(candidates.all.get(id) ?? { draining: true });
    const node = nodeOf(room.participants, only, accepts) ?? candidates.place(room.toPlace());
    if (node === undefined) throw new CodedError('server.unavailable', 'there is no media node');
    const opened = await requests['transport.open'](session, { direction: 'receive', mediaNodeId: node });
    const { transport, mediaNodeId } = opened;
    client.transportId = transport.id;
    await requests['transport.connect'](session, { transportId: transport.id, dtlsParameters: offer.dtls });
    const sounds = ofKind('audio').map(({ parameters }) => parameters);
    const screen = { transportId: transport.id, mediaNodeId, picture, sounds, decodes, only };
    const watching = new Watching(session, screen, this.context, () => client.end());
    client.consumerEnded = (consumerId) => watching.ended(consumerId);
    const stops = [
      changes.onDraining((drained) => drained === mediaNodeId && watching.refresh()),
      pipes.onEnd(() => watching.refresh()),
    ];
    client.gone = () => {
      for (const stop of stops) stop();
      watching.close();
    };
    watching.refresh();
    return { transport, write: (reachable) => writeAnswer(offer, taken, reachable, 'receives') };
  }
}

/** Of all streams of a player: its sound and its picture belong together. */
const STREAM_NAME = 'meeting';
