import type { MediaNodeEvent } from '@waterbus/media-host';
import type { ConnectionQuality, ParticipantQuality } from '@waterbus/protocol';
import type { ParticipantMedia } from './participant-media.js';

export type Quality = Omit<ParticipantQuality, 'participantId'>;

/** Takes what a media node reports of transports; answers whose of the participants at home here the rooms are to hear of. */
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
 * What the room is to hear of a participant's connection; undefined when it has heard it. Of somebody hidden the room hears
 * nothing, but they do: nothing else tells a client which sends nothing that it is not heard.
 */
export function qualityNews(media: ParticipantMedia): ParticipantQuality | undefined {
  const quality = worstOf(media.transports.values());
  const said = media.saidQuality ?? EXCELLENT;
  if (!quality) return undefined;
  if (quality.quality === said.quality && quality.limitation === said.limitation) return undefined;
  media.saidQuality = quality;
  const news = { participantId: media.owner.participantId, ...quality };
  if (!media.owner.hidden) return news;
  media.owner.tellNow('quality', { participants: [news] });
  return undefined;
}

/** Of a participant's transports; undefined when there is none. One of which nothing was reported is well. */
export function worstOf(transports: Iterable<{ quality?: Quality | undefined }>): Quality | undefined {
  const qualities = Array.from(transports, ({ quality }) => quality ?? EXCELLENT);
  return qualities.sort((one, other) => WORST_FIRST.indexOf(one.quality) - WORST_FIRST.indexOf(other.quality))[0];
}

const WORST_FIRST: ConnectionQuality[] = ['lost', 'poor', 'good', 'excellent'];

const EXCELLENT: Quality = { quality: 'excellent', limitation: 'none' };
