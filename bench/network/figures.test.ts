import { describe, expect, it } from 'vitest';
import {
  freezes,
  frozenShare,
  linkFigures,
  picturesPerSecond,
  secondsUntilFluid,
  secondsUntilHeight,
  usualHeight,
} from './figures.js';
import type { Pictures } from './page/pictures.js';

/** Pictures every `apart` milliseconds in each stretch. */
function pictures(...stretches: { from: number; to: number; apart?: number; height?: number }[]): Pictures {
  const result: Pictures = { at: [], height: [] };
  for (const { from, to, apart = 40, height = 720 } of stretches) {
    for (let time = from; time <= to; time += apart) {
      result.at.push(time);
      result.height.push(height);
    }
  }
  return result;
}

describe('freezes', () => {
  it('finds none in steady pictures, including slow ones', () => {
    expect(freezes(pictures({ from: 0, to: 4000 }), { from: 1000, to: 4000 })).toEqual([]);
    expect(freezes(pictures({ from: 0, to: 40_000, apart: 250 }), { from: 10_000, to: 40_000 })).toEqual([]);
  });

  it('judges a gap by the mean of the pictures before it', () => {
    const shown = pictures({ from: 0, to: 2000 }, { from: 2180, to: 4000 }, { from: 4300, to: 5000 });
    expect(freezes(shown, { from: 0, to: 5000 })).toEqual([{ from: 3980, to: 4300, switched: false }]);
  });

  it('counts only the part within the stretch, and a freeze that lasts beyond its end', () => {
    const shown = pictures({ from: 0, to: 1000 }, { from: 3000, to: 4000 });
    expect(freezes(shown, { from: 2000, to: 6000 }).map(({ from, to }) => to - from)).toEqual([1000, 2000]);
    expect(frozenShare(shown, { from: 2000, to: 6000 })).toBeCloseTo(0.75);
  });

  it('counts a stretch without any picture as frozen', () => {
    expect(frozenShare(pictures(), { from: 0, to: 5000 })).toBe(1);
  });

  it('marks freezes with a change of height', () => {
    const shown = pictures({ from: 0, to: 1000 }, { from: 1600, to: 3000, height: 180 });
    expect(freezes(shown, { from: 0, to: 3000 })).toEqual([{ from: 1000, to: 1600, switched: true }]);
  });
});

it('counts the pictures of a stretch', () => {
  expect(picturesPerSecond(pictures({ from: 0, to: 10_000 }), { from: 2000, to: 4000 })).toBe(25);
});

describe('secondsUntilFluid', () => {
  it('is 0 without a noticeable gap', () => {
    expect(secondsUntilFluid(pictures({ from: 0, to: 10_000 }), { from: 2000, to: 10_000 })).toBe(0);
  });

  it('is the end of the last gap before three seconds without one', () => {
    const shown = pictures(
      { from: 0, to: 2400 },
      { from: 3000, to: 4000 },
      { from: 4520, to: 9000 },
      { from: 9900, to: 12_000 },
    );
    expect(secondsUntilFluid(shown, { from: 2000, to: 12_000 })).toBeCloseTo(2.52);
  });

  it('is Infinity when pictures never become fluid', () => {
    expect(secondsUntilFluid(pictures(), { from: 0, to: 10_000 })).toBe(Number.POSITIVE_INFINITY);
    const slow = pictures({ from: 0, to: 10_000, apart: 400 });
    expect(secondsUntilFluid(slow, { from: 0, to: 10_000 })).toBe(Number.POSITIVE_INFINITY);
  });
});

it('finds the time after which pictures stay high for two seconds', () => {
  const shown = pictures(
    { from: 0, to: 1000, height: 180 },
    { from: 1040, to: 2000 },
    { from: 2040, to: 3000, height: 180 },
    { from: 3040, to: 8000 },
  );
  expect(secondsUntilHeight(shown, { from: 500, to: 8000 }, 720)).toBeCloseTo(2.54);
  expect(secondsUntilHeight(shown, { from: 500, to: 4000 }, 720)).toBe(Number.POSITIVE_INFINITY);
  expect(usualHeight(shown, { from: 0, to: 2000 })).toBe(180);
  expect(usualHeight(pictures(), { from: 0, to: 2000 })).toBe(0);
});

it('sums up a link, including the capacity of times without packets', () => {
  const bin = { offered: 0, dropped: 0, lost: 0, forwarded: 0, rate: 1_000_000 };
  const report = {
    bins: [
      { ...bin, at: 0, offered: 99_999, forwarded: 99_999 },
      { ...bin, at: 1000, offered: 20_000, dropped: 5000, forwarded: 15_000 },
      { ...bin, at: 1500, offered: 10_000, forwarded: 10_000, rate: 500_000 },
    ],
    waits: { at: [500, 1100, 1200, 1300], waited: [900, 10, 20, 30] },
    streams: {},
  };
  expect(linkFigures(report, { from: 1000, to: 2000 })).toEqual({
    queue: { p50: 20, p95: 30 },
    utilisation: (25_000 * 8) / 750_000,
    offered: 240_000,
    forwarded: 200_000,
    droppedShare: 5000 / 30_000,
  });
  const unlimited = { ...report, bins: report.bins.map((one) => ({ ...one, rate: null })) };
  expect(linkFigures(unlimited, { from: 1000, to: 2000 }).utilisation).toBeUndefined();
});
