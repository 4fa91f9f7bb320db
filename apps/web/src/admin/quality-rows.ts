import type { QualityMinute } from '@waterbus/client';

type Quality = QualityMinute['quality'];

/** The minutes of one participant of a call, with a summary. */
export interface QualityRow {
  participantId: string;
  name: string;
  /** In the order of time. */
  minutes: QualityMinute[];
  /** One for each minute of the call; undefined: the participant was not measured in it. */
  cells: (QualityMinute | undefined)[];
  poorMinutes: number;
  /** The most frequent side of the poor minutes; undefined: none was poor. */
  side: QualityMinute['side'] | undefined;
  /** The worst minute, 0-1; undefined: not measured. */
  uploadLoss: number | undefined;
  downloadLoss: number | undefined;
  /** The longest, in milliseconds. */
  roundTripTime: number | undefined;
}

/** Rows by the participants' first minutes, from the minutes of a call in the order of time. */
export function qualityRows(minutes: readonly QualityMinute[]): QualityRow[] {
  const columns = [...new Set(minutes.map(({ at }) => at))].sort();
  const byParticipant = new Map<string, QualityMinute[]>();
  for (const minute of minutes) {
    const own = byParticipant.get(minute.participantId);
    if (own) own.push(minute);
    else byParticipant.set(minute.participantId, [minute]);
  }
  return [...byParticipant].map(([participantId, own]) => {
    const at = new Map(own.map((minute) => [minute.at, minute]));
    const poor = own.filter(isPoor);
    return {
      participantId,
      name: own.at(-1)?.name ?? '',
      minutes: own,
      cells: columns.map((column) => at.get(column)),
      poorMinutes: poor.length,
      side: mostFrequent(poor.map(({ side }) => side)),
      uploadLoss: greatest(own.map(({ uploadLoss }) => uploadLoss)),
      downloadLoss: greatest(own.map(({ downloadLoss }) => downloadLoss)),
      roundTripTime: greatest(own.map(({ roundTripTime }) => roundTripTime)),
    };
  });
}

export function isPoor({ quality }: { quality: Quality }): boolean {
  return quality === 'poor' || quality === 'lost';
}

function greatest(values: (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? undefined : Math.max(...known);
}

function mostFrequent<T>(values: T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
