import { randomUUID } from 'node:crypto';
import { type MediaNode, MediaNodeError } from '@waterbus/media-host';
import {
  type ClientRequest,
  type ClientResponse,
  CodedError,
  decodedVideoCodecs,
  type RoomProducer,
  receivable,
  type VideoCodec,
} from '@waterbus/protocol';
import type { LiveRoom } from '../../rooms/live-room.js';
import { capabilitiesFor } from './device-capabilities.js';
import { answered } from './errors.js';
import type { OwnConsumer } from './own-media.js';
import type { ParticipantMedia } from './participant-media.js';
import { onTransport } from './transports.js';

type Subscription = ClientResponse<'subscribe'>['consumers'][number];

/**
 * Consumers for all of a participant's producers on the transport's media node that have none yet
 * on this transport. Requests for streams from one media node run one after the other, so two
 * concurrent ones share the work instead of doubling it. `allowed` throws without the grant; called
 * again in its turn, because the grants may have changed since the request (R7).
 */
export async function subscribe(
  media: ParticipantMedia,
  room: LiveRoom,
  request: ClientRequest<'subscribe'>,
  allowed: () => void,
): Promise<ClientResponse<'subscribe'>> {
  const { participantId } = request;
  return inTurn(media, request, allowed, async (node, receiving) => {
    const producers = missing(media, room, participantId, receiving);
    return { consumers: await open(media, node, participantId, producers, receiving) };
  });
}

/**
 * The same for several participants at once, until there are `most` consumers. `take` gets those of
 * a participant as soon as they are open, and answers whether the client learns of them: otherwise
 * they are closed before any other request for streams of the media node.
 */
export async function subscribeAll(
  media: ParticipantMedia,
  room: LiveRoom,
  { participantIds, most, ...request }: Receiving & { participantIds: readonly string[]; most: number },
  allowed: () => void,
  take: (consumers: Subscription[]) => boolean,
): Promise<void> {
  await inTurn(media, request, allowed, async (node, receiving) => {
    let opened = 0;
    const openOf = async (participantId: string) => {
      if (opened >= most) return;
      const producers = missing(media, room, participantId, receiving);
      opened += producers.length;
      const consumers = await open(media, node, participantId, producers, receiving);
      if (take(consumers)) return;
      await Promise.all(consumers.map(({ id }) => closeOn(node, media, id)));
    };
    // The client requests the streams of a participant that was refused, and gets the reason.
    await Promise.allSettled(participantIds.map(openOf));
  });
}

type Receiving = Pick<ClientRequest<'subscribe'>, 'transportId' | 'rtpCapabilities' | 'paused'>;

/** The order of a subscription, with what its transport and capabilities mean. */
interface Receiver extends Receiving {
  mediaNodeId: string;
  decodes: VideoCodec[];
}

async function inTurn<T>(
  media: ParticipantMedia,
  { transportId, rtpCapabilities, paused }: Receiving,
  allowed: () => void,
  work: (node: MediaNode, receiver: Receiver) => Promise<T>,
): Promise<T> {
  allowed();
  const { direction, mediaNodeId } = media.transport(transportId);
  if (direction !== 'receive') throw new CodedError('request.invalid', 'this transport only sends');
  const decodes = decodedVideoCodecs(rtpCapabilities);
  media.announceCodecs(decodes);
  return onTransport(media, transportId, async (node) => {
    allowed();
    return work(node, { transportId, rtpCapabilities, paused, mediaNodeId, decodes });
  });
}

/** The participant's producers that the receiver takes and does not consume yet. */
function missing(
  media: ParticipantMedia,
  room: LiveRoom,
  participantId: string,
  { transportId, mediaNodeId, decodes }: Receiver,
): RoomProducer[] {
  const participant = room.participant(participantId);
  if (!participant || participantId === media.owner.participantId) throw new CodedError('participant.not_found');
  const known = new Set<string>();
  for (const consumer of media.consumers.values()) {
    if (consumer.transportId === transportId) known.add(consumer.producerId);
  }
  const producers = receivable(participant.producers, decodes).filter(
    (producer) => producer.mediaNodeId === mediaNodeId && !known.has(producer.id),
  );
  if (media.consumers.size + producers.length > media.limits.consumersPerParticipant) {
    throw new CodedError('limit.reached', `at most ${media.limits.consumersPerParticipant} consumers`);
  }
  return producers;
}

async function open(
  media: ParticipantMedia,
  node: MediaNode,
  participantId: string,
  producers: readonly RoomProducer[],
  { transportId, rtpCapabilities, paused = false }: Receiver,
): Promise<Subscription[]> {
  const order = { participantId, transportId, rtpCapabilities, paused };
  const consumers = await Promise.all(producers.map((producer) => consume(media, node, { ...order, producer })));
  return consumers.filter((consumer) => consumer !== undefined);
}

/** Closes all consumers of a participant's streams. */
export async function unsubscribe(media: ParticipantMedia, participantId: string): Promise<void> {
  const ids = [...media.consumers.values()].filter((consumer) => consumer.participantId === participantId);
  await Promise.all(ids.map(({ id }) => closeConsumer(media, id)));
}

/** Runs at once, without queueing: it affects nothing else, and pictures wait for it. */
export async function setConsumerPaused(media: ParticipantMedia, consumerId: string, paused: boolean): Promise<void> {
  if (media.closed) throw new CodedError('session.expired');
  const node = media.directory.get(media.transport(media.consumer(consumerId).transportId).mediaNodeId);
  if (!node) throw new CodedError('media_node.not_found');
  const call = paused ? node.pauseConsumer(consumerId) : node.resumeConsumer(consumerId);
  await answered(call, 'consumer.not_found');
}

/** Closing a closed consumer is no error. */
export async function closeConsumer(media: ParticipantMedia, consumerId: string): Promise<void> {
  const consumer = media.consumers.get(consumerId);
  if (!consumer) return;
  const { mediaNodeId } = media.transport(consumer.transportId);
  await media.on(mediaNodeId, 'receive', (node) => closeOn(node, media, consumerId));
}

/** The same for callers that hold the media node's queue. */
async function closeOn(node: MediaNode, media: ParticipantMedia, consumerId: string): Promise<void> {
  media.forgetConsumer(consumerId);
  await answered(node.closeConsumer(consumerId), 'consumer.not_found');
}

/**
 * Undefined for a producer that has closed meanwhile, and for one that this receiver cannot decode:
 * the others are still opened.
 */
async function consume(
  media: ParticipantMedia,
  node: MediaNode,
  order: {
    participantId: string;
    transportId: string;
    producer: RoomProducer;
    rtpCapabilities: ClientRequest<'subscribe'>['rtpCapabilities'];
    paused: boolean;
  },
): Promise<Subscription | undefined> {
  const { participantId, transportId, producer, rtpCapabilities, paused } = order;
  const consumer: OwnConsumer = { id: randomUUID(), transportId, producerId: producer.id, participantId };
  media.addConsumer(consumer);
  try {
    const { rtpParameters } = await node.consume({
      transportId,
      consumerId: consumer.id,
      producerId: producer.id,
      rtpCapabilities: capabilitiesFor(producer, rtpCapabilities),
      paused: paused && producer.kind === 'video',
    });
    if (!media.consumers.has(consumer.id)) return undefined;
    const { id } = consumer;
    return { id, producerId: producer.id, participantId, source: producer.source, kind: producer.kind, rtpParameters };
  } catch (error) {
    media.forgetConsumer(consumer.id);
    const code = error instanceof MediaNodeError ? error.code : undefined;
    if (code === 'cannot-consume') media.owner.failed(`${producer.source} cannot be received`, error);
    if (code === 'cannot-consume' || code === 'not-found') return undefined;
    return answered(Promise.reject(error), 'transport.not_found');
  }
}
