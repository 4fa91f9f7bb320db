/** From one moment to another, in milliseconds of one clock. */
export interface Stretch {
  from: number;
  to: number;
}

/** The longest time within `stretch` in which no picture came; one that began before or lasts beyond it counts as far as it lies within. */
export function longestPictureGap(times: readonly number[], { from, to }: Stretch): number {
  const within = times.filter((time) => time > from && time < to).sort((a, b) => a - b);
  const moments = [from, ...within, to];
  return Math.max(...moments.slice(1).map((moment, index) => moment - (moments[index] ?? from)));
}

/** Nothing was heard for `length` milliseconds until `end`. */
export interface Silence {
  length: number;
  end: number;
}

/** The longest silence, as far as it lies within `stretch`; 0 without one. */
export function longestSilence(silences: readonly Silence[], { from, to }: Stretch): number {
  return Math.max(0, ...silences.map(({ length, end }) => Math.min(end, to) - Math.max(end - length, from)));
}

/** When the last gap of more than `least` ended, counted from the stretch's begin: from then on pictures came as before. 0 without one. */
export function flowingAgain(times: readonly number[], { from, to }: Stretch, least: number): number {
  const within = times.filter((time) => time > from && time < to).sort((a, b) => a - b);
  const moments = [from, ...within, to];
  const ends = moments.slice(1).filter((moment, index) => moment - (moments[index] ?? from) > least);
  return ends.length === 0 ? 0 : Math.max(...ends) - from;
}

/** When all are silent at once: somebody who comes back under another name is heard by the one or by the other. */
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

/** When the last silence of more than `least` ended, counted from the stretch's begin; 0 without one. */
export function heardAgain(silences: readonly Silence[], { from, to }: Stretch, least: number): number {
  const within = silences.filter(({ length, end }) => Math.min(end, to) - Math.max(end - length, from) > least);
  return Math.max(0, ...within.map(({ end }) => Math.min(end, to) - from));
}
