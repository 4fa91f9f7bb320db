import type { MediaNodeEvent } from '@waterbus/media-host';
import type { ConnectionQuality, ParticipantQuality } from '@waterbus/protocol';
import type { ParticipantMedia } from './participant-media.js';

export type Quality = Omit<ParticipantQuality, 'participantId'>;

/**
 * Stores a media node's reports of transports; returns the participants at home here whose quality
 * changed.
 */
export function changedQualities(
  { transports }: Extract<MediaNodeEvent, { type: 'router.quality' }>,
  ownerOf: (transportId: string) => ParticipantMedia | undefined,
): ParticipantQuality[] {
  const concerned = new Set<ParticipantMedia>();
  for (const { transportId, quality, limitation } of transports) {
    const media = ownerOf(transportId);
    const transport = media?.transports.get(transportId);
    if (!media || !transport) continue;
    transport.quality = { quality, limitation };
    concerned.add(media);
  }
  return [...concerned].flatMap((media) => qualityNews(media) ?? []);
}

/**
 * The connection quality to announce to the room; undefined without news. The quality of a hidden
 * participant is sent to its own client only: a client that sends nothing has no other sign that it
 * is not received.
 */
export function qualityNews(media: ParticipantMedia): ParticipantQuality | undefined {
  const quality = worstOf(media.transports.values());
  const said = media.saidQuality ?? EXCELLENT;
  if (!quality) return undefined;
  if (quality.quality === said.quality && quality.limitation === said.limitation) return undefined;
  media.saidQuality = quality;
  const news = { participantId: media.owner.participantId, ...quality };
  if (!media.owner.hidden) return news;
  media.owner.emitLive('quality', { participants: [news] });
  return undefined;
}

/**
 * The worst quality of a participant's transports; undefined without transports. A transport
 * without a report is good.
 */
export function worstOf(transports: Iterable<{ quality?: Quality | undefined }>): Quality | undefined {
  const qualities = Array.from(transports, ({ quality }) => quality ?? EXCELLENT);
  return qualities.sort((one, other) => WORST_FIRST.indexOf(one.quality) - WORST_FIRST.indexOf(other.quality))[0];
}

const WORST_FIRST: ConnectionQuality[] = ['lost', 'poor', 'good', 'excellent'];

const EXCELLENT: Quality = { quality: 'excellent', limitation: 'none' };
