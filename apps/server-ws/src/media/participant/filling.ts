import { randomUUID } from 'node:crypto';
import { MediaNodeError } from '@waterbus/media-host';
import type { RtpParameters } from '@waterbus/protocol';
import type { LiveRoom } from '../../rooms/live-room.js';
import { answered } from './errors.js';
import type { OwnConsumer } from './own-media.js';
import type { ParticipantMedia } from './participant-media.js';
import { onTransport } from './transports.js';

/** A producer of the room; `through`: the producer on the transport's media node with its stream. */
export interface Filling {
  transportId: string;
  producerId: string;
  section: RtpParameters;
  through?: string | undefined;
}

/**
 * Forwards a producer in a media section of a receiver that made the offer. Returns the id of the
 * consumer; undefined for a producer that has closed meanwhile, or that the section cannot carry.
 * `allowed` throws without the grant, in its turn (R7).
 */
export async function fillSection(
  media: ParticipantMedia,
  room: LiveRoom,
  { transportId, producerId, section, through = producerId }: Filling,
  allowed: () => void,
): Promise<string | undefined> {
  return onTransport(media, transportId, async (node) => {
    allowed();
    const owner = room.producer(producerId);
    if (!owner) return undefined;
    const consumer: OwnConsumer = { id: randomUUID(), transportId, producerId, participantId: owner.participantId };
    media.addConsumer(consumer);
    try {
      await node.fillSection({ transportId, consumerId: consumer.id, producerId: through, section });
      return media.consumers.has(consumer.id) ? consumer.id : undefined;
    } catch (error) {
      media.forgetConsumer(consumer.id);
      const code = error instanceof MediaNodeError ? error.code : undefined;
      if (code === 'cannot-consume' || code === 'not-found') return undefined;
      return answered(Promise.reject(error), 'transport.not_found');
    }
  });
}
