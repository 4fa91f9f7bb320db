import type { ConnectionQuality, ParticipantQuality } from '@waterbus/protocol';
import type { ParticipantMedia } from './participant-media.js';

export type Quality = Omit<ParticipantQuality, 'participantId'>;

/**
 * The connection quality to announce to the room; undefined if it has not changed. The quality of a hidden
 * participant is sent to its own client only: a client that sends nothing has no other sign that it
 * is not received.
 */
export function changedQuality(media: ParticipantMedia): ParticipantQuality | undefined {
  const quality = worstOf(media.transports.values());
  const before = media.announcedQuality ?? EXCELLENT;
  if (!quality) return undefined;
  if (quality.quality === before.quality && quality.limitation === before.limitation) return undefined;
  media.announcedQuality = quality;
  const changed = { participantId: media.owner.participantId, ...quality };
  if (!media.owner.hidden) return changed;
  media.owner.emitLive('quality', { participants: [changed] });
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
