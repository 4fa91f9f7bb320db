/** A period, in milliseconds of one clock. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * The longest time within `stretch` without a picture. Of a gap that crosses its edges, only the
 * part within counts.
 */
export function longestPictureGap(times: readonly number[], { from, to }: Stretch): number {
  const within = times.filter((time) => time > from && time < to).sort((a, b) => a - b);
  const moments = [from, ...within, to];
  return Math.max(...moments.slice(1).map((moment, index) => moment - (moments[index] ?? from)));
}

/** `length` milliseconds without sound, until `end`. */
export interface Silence {
  length: number;
  end: number;
}

/** The longest silence within `stretch`; 0 without one. */
export function longestSilence(silences: readonly Silence[], { from, to }: Stretch): number {
  return Math.max(0, ...silences.map(({ length, end }) => Math.min(end, to) - Math.max(end - length, from)));
}

/**
 * The end of the last gap of more than `least`, from the begin of the stretch; later pictures come
 * without one. 0 without such a gap.
 */
export function flowingAgain(times: readonly number[], { from, to }: Stretch, least: number): number {
  const within = times.filter((time) => time > from && time < to).sort((a, b) => a - b);
  const moments = [from, ...within, to];
  const ends = moments.slice(1).filter((moment, index) => moment - (moments[index] ?? from) > least);
  return ends.length === 0 ? 0 : Math.max(...ends) - from;
}

/**
 * The times in which all are silent at once. A participant that returns with another id is heard
 * under either id.
 */
export function commonSilences([first, ...others]: readonly (readonly Silence[])[]): Silence[] {
  return others.reduce<Silence[]>(
    (common, silences) =>
      common.flatMap((one) =>
        silences.flatMap((other) => {
          const begin = Math.max(one.end - one.length, other.end - other.length);
          const end = Math.min(one.end, other.end);
          return end > begin ? [{ length: end - begin, end }] : [];
        }),
      ),
    [...(first ?? [])],
  );
}

/**
 * The end of the last silence of more than `least`, from the begin of the stretch; 0 without one.
 */
export function heardAgain(silences: readonly Silence[], { from, to }: Stretch, least: number): number {
  const within = silences.filter(({ length, end }) => Math.min(end, to) - Math.max(end - length, from) > least);
  return Math.max(0, ...within.map(({ end }) => Math.min(end, to) - from));
}
