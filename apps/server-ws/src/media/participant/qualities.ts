import type { ConnectionQuality, ParticipantQuality } from '@waterbus/protocol';

export type Quality = Omit<ParticipantQuality, 'participantId'>;

/** The connection quality of a participant, as the room knows it. */
export class AnnouncedQuality {
  private announced = EXCELLENT;

  /** For a participant that has moved here: its room knows the quality of these transports. */
  resume(transports: Iterable<ReportedTransport>): void {
    this.announced = worstOf(transports) ?? EXCELLENT;
  }

  /** The quality to announce for these transports; undefined if it has not changed. */
  change(transports: Iterable<ReportedTransport>): Quality | undefined {
    const quality = worstOf(transports);
    const { announced } = this;
    if (!quality || (quality.quality === announced.quality && quality.limitation === announced.limitation))
      return undefined;
    this.announced = quality;
    return quality;
  }
}

/**
 * The worst quality of a participant's transports; undefined without transports. A transport
 * without a report is good.
 */
export function worstOf(transports: Iterable<ReportedTransport>): Quality | undefined {
  const qualities = Array.from(transports, ({ quality }) => quality ?? EXCELLENT);
  return qualities.sort((one, other) => WORST_FIRST.indexOf(one.quality) - WORST_FIRST.indexOf(other.quality))[0];
}

/** Whether the first quality is worse; the limiting side does not matter. */
export function isWorse({ quality }: Quality, than: Quality): boolean {
  return WORST_FIRST.indexOf(quality) < WORST_FIRST.indexOf(than.quality);
}

interface ReportedTransport {
  quality?: Quality | undefined;
}

const WORST_FIRST: ConnectionQuality[] = ['lost', 'poor', 'good', 'excellent'];

export const EXCELLENT: Quality = { quality: 'excellent', limitation: 'none' };
