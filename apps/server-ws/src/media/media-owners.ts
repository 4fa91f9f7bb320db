import type { MediaNodeEvent } from '@waterbus/media-host';
import type { ParticipantMedia } from './participant-media.js';

/** Whose transport or consumer a media node is talking of. */
export class MediaOwners {
  private readonly byId = new Map<string, ParticipantMedia>();

  add(id: string, media: ParticipantMedia): void {
    this.byId.set(id, media);
  }

  remove(id: string): void {
    this.byId.delete(id);
  }

  /** Answers `relief.move`: whose transport it is tells its client. One that is gone needs no moving. */
  leave(transportId: string, now: number): void {
    this.byId.get(transportId)?.leave(transportId, now);
  }

  handle(mediaNodeId: string, event: MediaNodeEvent): void {
    switch (event.type) {
      case 'transport.state':
      case 'producer.closed':
      case 'consumer.layers':
      case 'producer.wanted':
      case 'producer.silent':
      case 'producer.flowing':
      case 'router.quality':
      case 'router.speakers':
        return;
      case 'transport.closed':
        this.byId.get(event.transportId)?.handle(mediaNodeId, event);
        return;
      case 'consumer.closed':
        this.byId.get(event.consumerId)?.handle(mediaNodeId, event);
        return;
      case 'lost':
        for (const media of new Set(this.byId.values())) media.handle(mediaNodeId, event);
        return;
    }
  }
}
