import { percentile } from '@waterbus/e2e/testing/percentiles';
import type { Pictures } from './page/pictures.js';
import type { LinkReport } from './path/messages.js';

/** A period, in milliseconds of one clock. */
export interface Stretch {
  from: number;
  to: number;
}

/** A time without a new picture that is long enough to be noticed. */
export interface Freeze extends Stretch {
  /** The picture after it has another height than the one before. */
  switched: boolean;
}

/**
 * Freezes by the definition of W3C webrtc-stats (freezeCount): the time between two pictures
 * exceeds three times the mean of the last thirty, and that mean by 150 ms. Unlike the statistics
 * of browsers, this counts a freeze that lasts beyond the end; without any picture the whole
 * stretch is frozen.
 */
export function freezes({ at, height }: Pictures, { from, to }: Stretch): Freeze[] {
  const found: Freeze[] = [];
  const recent: number[] = [];
  let mean = FIRST_MEAN;
  for (let index = 0; index <= at.length; index += 1) {
    const begin = at[index - 1] ?? from;
    const end = at[index] ?? to;
    const gap = end - begin;
    if (gap > Math.max(3 * mean, mean + 150) && end > from && begin < to) {
      const switched = index > 0 && index < at.length && height[index] !== height[index - 1];
      found.push({ from: Math.max(from, begin), to: Math.min(to, end), switched });
    }
    if (index === 0) continue;
    recent.push(gap);
    if (recent.length > 30) recent.shift();
    mean = recent.reduce((sum, one) => sum + one, 0) / recent.length;
  }
  return found;
}

export function frozenShare(pictures: Pictures, stretch: Stretch): number {
  const frozen = freezes(pictures, stretch).reduce((sum, { from, to }) => sum + to - from, 0);
  return frozen / (stretch.to - stretch.from);
}

export function picturesPerSecond({ at }: Pictures, { from, to }: Stretch): number {
  return (at.filter((time) => time >= from && time < to).length * 1000) / (to - from);
}

/**
 * Seconds from `from` until pictures come for three seconds without a gap over 200 ms; Infinity
 * when they never do.
 */
export function secondsUntilFluid({ at }: Pictures, { from, to }: Stretch): number {
  let [since, before] = [from, from];
  for (const time of [...at.filter((time) => time > from && time < to), to]) {
    if (time - before > NOTICED) {
      if (before - since >= FLUID) break;
      since = time;
    }
    before = time;
  }
  return before - since >= FLUID ? (since - from) / 1000 : Number.POSITIVE_INFINITY;
}

/** Seconds from `from` until pictures are at least `least` pixels high for two seconds. */
export function secondsUntilHeight({ at, height }: Pictures, { from, to }: Stretch, least: number): number {
  let since: number | undefined;
  for (const [index, time] of at.entries()) {
    if (time < from || time > to) continue;
    since = height[index]! >= least ? (since ?? time) : undefined;
    if (since !== undefined && time - since >= STEADY) return (since - from) / 1000;
  }
  return Number.POSITIVE_INFINITY;
}

/** The most frequent height of the pictures; 0 without any. */
export function usualHeight({ at, height }: Pictures, { from, to }: Stretch): number {
  const counts = new Map<number, number>();
  for (const [index, time] of at.entries()) {
    if (time >= from && time < to) counts.set(height[index]!, (counts.get(height[index]!) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

export interface LinkFigures {
  /** Milliseconds that packets waited. */
  queue: { p50: number; p95: number };
  /** Share of the link's capacity; undefined without a limit. */
  utilisation: number | undefined;
  /** Bits per second. */
  offered: number;
  forwarded: number;
  droppedShare: number;
}

export function linkFigures({ bins, waits }: LinkReport, { from, to }: Stretch): LinkFigures {
  const within = bins.filter(({ at }) => at >= from && at < to);
  const waited = waits.waited.filter((_, index) => waits.at[index]! >= from && waits.at[index]! < to);
  waited.sort((a, b) => a - b);
  const sum = (of: 'offered' | 'forwarded' | 'dropped' | 'lost') => within.reduce((total, bin) => total + bin[of], 0);
  const seconds = (to - from) / 1000;
  const capacity = capacityOf(bins, { from, to });
  return {
    queue: { p50: percentile(waited, 50), p95: percentile(waited, 95) },
    utilisation: capacity === undefined ? undefined : (sum('forwarded') * 8) / capacity,
    offered: (sum('offered') * 8) / seconds,
    forwarded: (sum('forwarded') * 8) / seconds,
    droppedShare: (sum('dropped') + sum('lost')) / Math.max(1, sum('offered')),
  };
}

/** Capacity in bits. Bins without packets are missing; they had the rate of the previous bin. */
function capacityOf(bins: LinkReport['bins'], { from, to }: Stretch): number | undefined {
  const moments = bins.filter(({ at }) => at < to);
  let capacity = 0;
  for (const [index, { at, rate }] of moments.entries()) {
    const end = Math.min(to, moments[index + 1]?.at ?? to);
    if (end <= from) continue;
    if (rate === null) return undefined;
    capacity += (rate * (end - Math.max(from, at))) / 1000;
  }
  return capacity;
}

/** Milliseconds: the assumed mean of a stream at its begin, that of 30 pictures a second. */
const FIRST_MEAN = 33;

/** Milliseconds of a noticeable gap. */
const NOTICED = 200;

/** Milliseconds without such a gap after which pictures count as fluid. */
const FLUID = 3000;

/** Milliseconds for which a height must stay. */
const STEADY = 2000;
