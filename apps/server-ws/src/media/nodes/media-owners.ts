import type { MediaNodeEvent } from '@waterbus/media-host';
import type { ParticipantQuality } from '@waterbus/protocol';
import type { ParticipantMedia } from '../participant/participant-media.js';
import { changedQualities, qualityNews } from '../participant/qualities.js';

/** The owners of the transports and consumers in media nodes' events. */
export class MediaOwners {
  private readonly byId = new Map<string, ParticipantMedia>();

  constructor(
    /** The connection quality of participants at home here has changed. */
    private readonly qualityChanged: (roomId: string, participants: ParticipantQuality[]) => void = () => {},
  ) {}

  add(id: string, media: ParticipantMedia): void {
    this.byId.set(id, media);
  }

  remove(id: string): void {
    this.byId.delete(id);
  }

  /**
   * Answers `relief.move`: the transport's owner notifies its client. A closed transport needs no
   * move.
   */
  leave(transportId: string, now: number): void {
    this.byId.get(transportId)?.leave(transportId, now);
  }

  /** Notifies the room of a change in a participant's connection quality. */
  qualityOf(media: ParticipantMedia): void {
    const news = qualityNews(media);
    if (news) this.qualityChanged(media.owner.roomId, [news]);
  }

  handle(mediaNodeId: string, event: MediaNodeEvent): void {
    switch (event.type) {
      case 'transport.state':
      case 'producer.closed':
      case 'router.speakers':
        return;
      case 'transport.closed':
      case 'consumer.layers':
      case 'producer.wanted':
      case 'producer.silent':
      case 'producer.flowing':
        this.byId.get(event.transportId)?.handle(mediaNodeId, event);
        return;
      case 'router.quality': {
        const participants = changedQualities(event, (transportId) => this.byId.get(transportId));
        if (participants.length > 0) this.qualityChanged(event.routerId, participants);
        return;
      }
      case 'consumer.closed':
        this.byId.get(event.consumerId)?.handle(mediaNodeId, event);
        return;
      case 'lost':
        for (const media of new Set(this.byId.values())) media.handle(mediaNodeId, event);
        return;
    }
  }
}
