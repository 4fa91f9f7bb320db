import type { Clock, Cluster } from '@waterbus/cluster';
import type { ClientRequestName, ClientResponse, clientRequests } from '@waterbus/protocol';
import type { z } from 'zod';
import type { RouterCapabilities } from '../media/nodes/router-capabilities.js';
import { setPreferences } from '../media/participant/preferences.js';
import { closeProducer, produce, producerStats, setProducerPaused } from '../media/participant/publishing.js';
import { closeConsumer, setConsumerPaused, subscribe, unsubscribe } from '../media/participant/subscribing.js';
import {
  closeTransport,
  connectTransport,
  openTransport,
  reportFramesDropped,
  restartIce,
  setRemoteIce,
} from '../media/participant/transports.js';
import type { Gaps } from '../moving/gaps.js';
import { commandOther } from './commands-to-others.js';
import { checkModerate, checkPublish, checkPublishAny, checkSubscribe } from './permissions.js';
import type { Session } from './session.js';

/** Every request of a participant that has joined. */
/** The others concern the socket, too: its connection performs them. */
export type SessionRequestName = Exclude<ClientRequestName, 'join' | 'resume' | 'iceServers'>;

type Parsed<N extends ClientRequestName> = z.output<(typeof clientRequests)[N]['request']>;
export type SessionRequests = {
  [N in SessionRequestName]: (session: Session, request: Parsed<N>) => Promise<ClientResponse<N>>;
};

/** The handler of each request, by its name. */
export function sessionRequests(
  { cluster, clock }: { cluster: Cluster; clock: Clock },
  capabilities: RouterCapabilities,
  gaps: Gaps,
): SessionRequests {
  return {
    ...gestureRequests(cluster),
    pin: done(async (session, { participantId }) => session.pin(participantId ?? undefined)),
    sync: async (session) => ({ room: await session.snapshot() }),
    capabilities: async () => ({ rtpCapabilities: await capabilities.read() }),
    'transport.open': (session, request) =>
      openTransport(
        session.media,
        request,
        () => session.room.toPlace(),
        clock,
        () => (request.direction === 'receive' ? checkSubscribe(session.grants) : checkPublishAny(session.grants)),
      ),
    'transport.connect': done(({ media }, { transportId, dtlsParameters }) =>
      connectTransport(media, transportId, dtlsParameters),
    ),
    'transport.restartIce': ({ media }, { transportId }) => restartIce(media, transportId),
    'transport.credentials': done(({ media }, { transportId, iceParameters }) =>
      setRemoteIce(media, transportId, iceParameters),
    ),
    'transport.report': done(({ media }, report) => reportFramesDropped(media, report)),
    'quality.report': async ({ media }, report) => {
      media.reportClient(report);
      return {};
    },
    'transport.close': done(({ media }, { transportId }) => closeTransport(media, transportId)),
    produce: (session, request) =>
      produce(session.media, request, () => checkPublish(session.grants, request.source, request.kind)),
    'producer.pause': done(({ media }, { producerId }) => setProducerPaused(media, producerId, true)),
    'producer.resume': done((session, { producerId }) =>
      setProducerPaused(session.media, producerId, false, ({ source, kind }) =>
        checkPublish(session.grants, source, kind),
      ),
    ),
    'producer.close': done(({ media }, { producerId }) => closeProducer(media, producerId)),
    'producer.stats': ({ media }, { producerId }) => producerStats(media, producerId),
    subscribe: (session, request) =>
      subscribe(session.media, session.room, request, () => checkSubscribe(session.grants)),
    unsubscribe: done(({ media }, { participantId }) => unsubscribe(media, participantId)),
    'consumer.pause': done(({ media }, { consumerId }) => setConsumerPaused(media, consumerId, true)),
    'consumer.resume': done(({ media }, { consumerId }) => setConsumerPaused(media, consumerId, false)),
    'consumer.close': done(({ media, participantId }, { consumerId, gap }) => {
      gaps.note(participantId, gap);
      return closeConsumer(media, consumerId);
    }),
    'consumer.setPreferences': done(({ media }, request) => setPreferences(media, request, clock.now())),
    'data.send': done((session, request) => session.data.send(request)),
    'participant.setMetadata': done((session, { metadata }) => session.data.setMetadata(metadata)),
    leave: done((session) => session.end('left', 'left')),
  };
}

function gestureRequests(cluster: Cluster): Pick<SessionRequests, 'hand.raise' | 'hand.lower' | 'spotlight' | 'react'> {
  return {
    react: async ({ marks }, { emoji }) => {
      marks.react(emoji);
      return {};
    },
    spotlight: done(async (session, { participantId }) => {
      checkModerate(session.grants);
      const { roomId, room } = session;
      const others = room.participants.filter(({ id, spotlitAt }) => id !== participantId && (spotlitAt ?? 0) > 0);
      const spotlight = (id: string, spotlit: boolean) =>
        commandOther(cluster, { type: 'spotlight', roomId, participantId: id, spotlit });
      if (participantId !== null) await spotlight(participantId, true);
      await Promise.all(others.map(({ id }) => spotlight(id, false)));
    }),
    'hand.raise': done((session) => session.marks.raiseHand(true)),
    'hand.lower': done(async (session, { participantIds }) => {
      if (!participantIds) return session.marks.raiseHand(false);
      checkModerate(session.grants);
      const { roomId } = session;
      const lower = (participantId: string) => commandOther(cluster, { type: 'lower-hand', roomId, participantId });
      await Promise.all(participantIds.map(lower));
    }),
  };
}

/** A request whose answer is empty. */
function done<R>(work: (session: Session, request: R) => Promise<void>) {
  return async (session: Session, request: R): Promise<Record<string, never>> => {
    await work(session, request);
    return {};
  };
}
