import { randomUUID } from 'node:crypto';
import type { MediaNode } from '@waterbus/media-host';
import {
  type ClientResponse,
  CodedError,
  type clientRequests,
  type RoomProducer,
  type Source,
  videoCodecOf,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { answered } from './errors.js';
import type { OwnProducer } from './own-media.js';
import type { ParticipantMedia } from './participant-media.js';
import { onTransport } from './transports.js';

export type ProduceOrder = z.output<(typeof clientRequests)['produce']['request']>;

/**
 * The room is notified of a producer once it exists on its media node, so that receivers can
 * subscribe. `allowed` throws without the grant; called again in its turn, because the grants may
 * have changed since the request (R7).
 */
export async function produce(
  media: ParticipantMedia,
  order: ProduceOrder,
  allowed: () => void,
): Promise<ClientResponse<'produce'>> {
  allowed();
  const { transportId, kind, source, rtpParameters } = order;
  const { direction, mediaNodeId } = media.transport(transportId);
  if (direction !== 'send') throw new CodedError('request.invalid', 'this transport only receives');
  return onTransport(media, transportId, async (node) => {
    allowed();
    checkLimits(media, order);
    const replaced = order.replaces === undefined ? undefined : media.producers.get(order.replaces)?.producer;
    if (replaced && replaced.source !== source) throw new CodedError('request.invalid', `that is no ${source}`);
    const beside = order.alternative && firstOf(media, source);
    // A muted source stays muted, also when its owner has not been notified yet.
    const paused = order.paused || (replaced?.paused ?? false) || (beside?.paused ?? false);
    // A closed producer cannot be replaced.
    const replaces = replaced && { replaces: replaced.id };
    const codec = kind === 'video' ? videoCodecOf(rtpParameters) : undefined;
    const producer: RoomProducer = {
      ...{ id: randomUUID(), kind, source, paused, mediaNodeId, ...replaces },
      ...(codec && { codec }),
      ...(beside && { alternative: true as const }),
    };
    await closeUnsure(media, node, transportId);
    try {
      await answered(
        node.produce({ transportId, producerId: producer.id, kind, rtpParameters, paused }),
        'transport.not_found',
      );
    } catch (error) {
      if (error instanceof CodedError && error.code === 'server.unavailable')
        media.unsure.set(producer.id, transportId);
      throw error;
    }
    if (!media.transports.has(transportId)) throw new CodedError('transport.not_found');
    media.producers.set(producer.id, { transportId, producer });
    try {
      await media.owner.change({ type: 'producer.added', participantId: media.owner.participantId, producer });
    } catch (error) {
      media.producers.delete(producer.id);
      await node.closeProducer(producer.id);
      throw error;
    }
    return { producerId: producer.id };
  });
}

/** The same stream is about to be produced again, and would otherwise exist twice. */
async function closeUnsure(media: ParticipantMedia, node: MediaNode, transportId: string): Promise<void> {
  for (const [producerId, through] of media.unsure) {
    if (through !== transportId) continue;
    await answered(node.closeProducer(producerId), 'producer.not_found').catch((error) => {
      if (!(error instanceof CodedError) || error.code !== 'producer.not_found') throw error;
    });
    media.unsure.delete(producerId);
  }
}

/** Both codecs of a source count as one. */
function checkLimits({ producers, limits }: ParticipantMedia, { source, alternative, kind }: ProduceOrder): void {
  const most = limits.producersPerParticipant;
  const all = [...producers.values()].map(({ producer }) => producer);
  const refuse = () => new CodedError('limit.reached', `at most ${most} producers`);
  if (!alternative) {
    if (all.filter((one) => !one.alternative).length >= most) throw refuse();
    return;
  }
  const same = all.filter((one) => one.source === source);
  const firsts = same.filter((one) => !one.alternative).length;
  if (kind !== 'video' || firsts === 0) {
    throw new CodedError('request.invalid', `there is no ${source} in another codec`);
  }
  // One beside each, and one more while a codec or a media node changes.
  if (same.length - firsts > firsts) throw refuse();
}

/** The producer of a source in its first codec. */
function firstOf(media: ParticipantMedia, source: Source): RoomProducer | undefined {
  return [...media.producers.values()]
    .map(({ producer }) => producer)
    .find((one) => one.source === source && !one.alternative);
}

/** `allowed` as for `produce`. */
export async function setProducerPaused(
  media: ParticipantMedia,
  producerId: string,
  paused: boolean,
  allowed: (producer: RoomProducer) => void = () => {},
): Promise<void> {
  const { producer } = media.producer(producerId);
  await media.on(producer.mediaNodeId, 'send', async (node) => {
    allowed(producer);
    await setPausedOn(node, media, producerId, paused);
  });
}

/** The same for callers that hold the media node's queue. */
export async function setPausedOn(
  node: MediaNode,
  media: ParticipantMedia,
  producerId: string,
  paused: boolean,
): Promise<void> {
  const { producer } = media.producer(producerId);
  const call = paused ? node.pauseProducer(producerId) : node.resumeProducer(producerId);
  await answered(call, 'producer.not_found');
  producer.paused = paused;
  const { participantId } = media.owner;
  await media.owner.change({ type: 'producer.updated', participantId, producerId, paused });
}

export async function producerStats(
  media: ParticipantMedia,
  producerId: string,
): Promise<ClientResponse<'producer.stats'>> {
  const { producer } = media.producer(producerId);
  return media.on(producer.mediaNodeId, 'send', async (node) => {
    const { consumers } = await answered(node.producerStats(producerId), 'producer.not_found');
    return { consumers };
  });
}

/** Closing a closed producer is no error. */
export async function closeProducer(media: ParticipantMedia, producerId: string): Promise<void> {
  const own = media.producers.get(producerId);
  if (!own) return;
  await media.on(own.producer.mediaNodeId, 'send', (node) => closeOn(node, media, own));
}

/** The same for callers that hold the media node's queue. */
export async function closeOn(node: MediaNode, media: ParticipantMedia, own: OwnProducer): Promise<void> {
  if (!media.producers.delete(own.producer.id)) return;
  await media.removeFromRoom([own]);
  await answered(node.closeProducer(own.producer.id), 'producer.not_found');
}
