import type { Publisher } from '../media/publisher.js';
import type { Subscriber } from '../media/subscriber.js';
import type { SessionMessage } from '../signalling/session.js';

/** The events of the server that describe the call's own media. */
export type MediaMessage = Extract<
  SessionMessage,
  { name: `${'transport' | 'consumer' | 'producer' | 'mediaNode'}.${string}` }
>;

/** Applies them to the two sides of the media. */
export function applyMediaMessage(message: MediaMessage, publisher: Publisher, subscriber: Subscriber): void {
  switch (message.name) {
    case 'transport.closed':
      publisher.transportGone(message.data.transportId);
      subscriber.transportGone(message.data.transportId);
      return;
    case 'transport.leave':
      publisher.leave(message.data.transportId);
      return;
    case 'consumer.closed':
      subscriber.consumerGone(message.data.consumerId);
      return;
    case 'consumer.layers':
      subscriber.pictures.layersReported(message.data.consumers);
      return;
    case 'producer.wanted':
      publisher.producerWanted(message.data.producerId, message.data.spatial);
      return;
    case 'producer.arriving':
      publisher.producerArriving(message.data.producerId, message.data.arriving);
      return;
    case 'mediaNode.lost':
      publisher.mediaNodeGone(message.data.mediaNodeId);
      subscriber.mediaNodeGone(message.data.mediaNodeId);
      return;
    case 'mediaNode.draining': {
      const { mediaNodeId, draining, later } = message.data;
      publisher.mediaNodeDraining(mediaNodeId, draining && !later);
      subscriber.mediaNodeDraining(mediaNodeId, draining);
      return;
    }
  }
}
