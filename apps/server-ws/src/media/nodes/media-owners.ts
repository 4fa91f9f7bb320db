import type { MediaNodeEvent } from '@waterbus/media-host';
import type { ParticipantQuality } from '@waterbus/protocol';

/** The owner of transports and consumers: the media of one participant at home here. */
export interface OwnedMedia {
  readonly roomId: string;
  /** Handles an event about one of its objects, or about a media node that it uses. */
  handle(mediaNodeId: string, event: MediaNodeEvent): void;
  /** Asks the client to send through another media node than that of this transport. */
  leave(transportId: string, now: number): void;
  /** Stores the quality of a transport, as its media node reported it. */
  reportQuality(report: ReportedQuality): void;
  /** The connection quality to announce to the room; undefined if it has not changed. */
  changedQuality(): ParticipantQuality | undefined;
}

export type ReportedQuality = Extract<MediaNodeEvent, { type: 'router.quality' }>['transports'][number];

/** The owners of the transports and consumers in media nodes' events. */
export class MediaOwners {
  private readonly byId = new Map<string, OwnedMedia>();

  constructor(
    /** The connection quality of participants at home here has changed. */
    private readonly qualityChanged: (roomId: string, participants: ParticipantQuality[]) => void = () => {},
  ) {}

  add(id: string, media: OwnedMedia): void {
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
  announceQuality(media: OwnedMedia): void {
    const changed = media.changedQuality();
    if (changed) this.qualityChanged(media.roomId, [changed]);
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
      case 'router.quality':
        this.qualitiesReported(event);
        return;
      case 'consumer.closed':
        this.byId.get(event.consumerId)?.handle(mediaNodeId, event);
        return;
      case 'lost':
        for (const media of new Set(this.byId.values())) media.handle(mediaNodeId, event);
        return;
    }
  }

  private qualitiesReported({ routerId, transports }: Extract<MediaNodeEvent, { type: 'router.quality' }>): void {
    const concerned = new Set<OwnedMedia>();
    for (const report of transports) {
      const media = this.byId.get(report.transportId);
      if (!media) continue;
      media.reportQuality(report);
      concerned.add(media);
    }
    const participants = [...concerned].flatMap((media) => media.changedQuality() ?? []);
    if (participants.length > 0) this.qualityChanged(routerId, participants);
  }
}
