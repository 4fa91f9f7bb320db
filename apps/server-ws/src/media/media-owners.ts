import type { MediaNodeEvent } from '@waterbus/media-host';
import type { ParticipantQuality } from '@waterbus/protocol';
import type { ParticipantMedia } from './participant-media.js';
import { changedQualities, qualityNews } from './qualities.js';

/** Whose transport or consumer a media node is talking of. */
export class MediaOwners {
  private readonly byId = new Map<string, ParticipantMedia>();

  constructor(
    /** The connections of participants at home here are better or worse from now on. */
    private readonly qualityChanged: (roomId: string, participants: ParticipantQuality[]) => void = () => {},
  ) {}

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

  /** Has the room hear of a participant's connection, if there is news. */
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
