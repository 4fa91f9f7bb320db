import { type ConnectionQuality, MOST_UNINTELLIGIBLE, type ParticipantQuality } from '@waterbus/protocol';

export type Quality = Pick<ParticipantQuality, 'quality' | 'limitation'>;

/** With the publishers that the participant does not understand. */
export type WholeQuality = Omit<ParticipantQuality, 'participantId'>;

/** The connection quality of a participant, as the room knows it. */
export class AnnouncedQuality {
  private announced: WholeQuality = EXCELLENT;

  /** For a participant that has moved here: its room knows the quality of these transports. */
  resume(transports: Iterable<ReportedTransport>, consumers: Iterable<ReportedConsumer>): void {
    this.announced = qualityOf([...transports], consumers) ?? EXCELLENT;
  }

  /** The quality to announce for these transports; undefined if it has not changed. */
  change(transports: Iterable<ReportedTransport>, consumers: Iterable<ReportedConsumer>): WholeQuality | undefined {
    const quality = qualityOf([...transports], consumers);
    if (!quality || isSame(quality, this.announced)) return undefined;
    this.announced = quality;
    return quality;
  }
}

function qualityOf(
  transports: readonly ReportedTransport[],
  consumers: Iterable<ReportedConsumer>,
): WholeQuality | undefined {
  const worst = worstOf(transports);
  const lost = new Set(transports.flatMap(({ unintelligible }) => unintelligible ?? []));
  if (!worst || lost.size === 0) return worst;
  const from = new Set<string>();
  for (const { producerId, participantId } of consumers) if (lost.has(producerId)) from.add(participantId);
  const unintelligible = [...from].sort().slice(0, MOST_UNINTELLIGIBLE);
  return unintelligible.length > 0 ? { ...worst, unintelligible } : worst;
}

function isSame(one: WholeQuality, other: WholeQuality): boolean {
  const isSameSide = one.quality === other.quality && one.limitation === other.limitation;
  return isSameSide && one.unintelligible?.join() === other.unintelligible?.join();
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
  unintelligible?: readonly string[] | undefined;
}

interface ReportedConsumer {
  producerId: string;
  participantId: string;
}

const WORST_FIRST: ConnectionQuality[] = ['lost', 'poor', 'good', 'excellent'];

export const EXCELLENT: Quality = { quality: 'excellent', limitation: 'none' };
