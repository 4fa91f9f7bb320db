import type { MediaNodeEvent } from '@waterbus/media-host';
import type { ConnectionQuality, ParticipantQuality } from '@waterbus/protocol';
import type { ParticipantMedia } from './participant-media.js';

type RouterQuality = Extract<MediaNodeEvent, { type: 'router.quality' }>;

/**
 * From transports, of which media nodes report, to participants at home here, of whom their rooms hear: whose quality has changed by
 * this report.
 */
export function changedQualities(
  { transports }: RouterQuality,
  ownerOf: (transportId: string) => ParticipantMedia | undefined,
): ParticipantQuality[] {
  const concerned = new Map<ParticipantMedia, string>();
  for (const { transportId, quality, limitation } of transports) {
    const media = ownerOf(transportId);
    const transport = media?.transports.get(transportId);
    if (!media || !transport) continue;
    if (!concerned.has(media)) concerned.set(media, JSON.stringify(qualityOf(media)));
    transport.quality = { quality, limitation };
  }
  return [...concerned].flatMap(([media, before]) => {
    const quality = qualityOf(media);
    if (!quality || media.owner.hidden || JSON.stringify(quality) === before) return [];
    return [{ participantId: media.owner.participantId, ...quality }];
  });
}

/** The worst of a participant's transports. */
export function qualityOf(media: ParticipantMedia): Omit<ParticipantQuality, 'participantId'> | undefined {
  const qualities = [...media.transports.values()].flatMap(({ quality }) => quality ?? []);
  return qualities.sort((one, other) => WORST_FIRST.indexOf(one.quality) - WORST_FIRST.indexOf(other.quality))[0];
}

const WORST_FIRST: ConnectionQuality[] = ['lost', 'poor', 'good', 'excellent'];
