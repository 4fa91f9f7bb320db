import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonSilences, flowingAgain, heardAgain, longestPictureGap, longestSilence } from './gaps.js';

describe('gaps of a stretch', () => {
  test('pictures: the edges of the stretch count', () => {
    expect(longestPictureGap([10, 60, 110, 400, 450], { from: 0, to: 500 })).toBe(290);
    expect(longestPictureGap([10, 60, 110], { from: 100, to: 500 })).toBe(390);
    expect(longestPictureGap([450], { from: 0, to: 500 })).toBe(450);
    expect(longestPictureGap([], { from: 100, to: 500 })).toBe(400);
  });

  test('pictures: never longer than the stretch, never shorter than its even share', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1, max: 999, noNaN: true })), (times) => {
        const gap = longestPictureGap(times, { from: 0, to: 1000 });
        expect(gap).toBeLessThanOrEqual(1000);
        expect(gap).toBeGreaterThanOrEqual(1000 / (times.length + 1) - 1e-9);
      }),
    );
  });

  test('sound: only the part within the stretch counts', () => {
    const silences = [
      { length: 50, end: 120 },
      { length: 300, end: 450 },
    ];
    expect(longestSilence(silences, { from: 0, to: 500 })).toBe(300);
    expect(longestSilence(silences, { from: 400, to: 500 })).toBe(50);
    expect(longestSilence(silences, { from: 460, to: 500 })).toBe(0);
    expect(longestSilence([], { from: 0, to: 500 })).toBe(0);
  });

  test('pictures flow again after the last long gap', () => {
    expect(flowingAgain([50, 100, 700, 750, 800], { from: 0, to: 850 }, 200)).toBe(700);
    expect(flowingAgain([50, 100, 150], { from: 0, to: 200 }, 200)).toBe(0);
    expect(flowingAgain([50, 100], { from: 0, to: 850 }, 200)).toBe(850);
  });

  test('sound is heard again after the last long silence', () => {
    const silences = [
      { length: 300, end: 450 },
      { length: 50, end: 700 },
    ];
    expect(heardAgain(silences, { from: 0, to: 1000 }, 200)).toBe(450);
    expect(heardAgain(silences, { from: 400, to: 1000 }, 200)).toBe(0);
    expect(heardAgain([{ length: 2000, end: 1500 }], { from: 0, to: 1000 }, 200)).toBe(1000);
  });

  test('a participant with two ids is silent when both are', () => {
    const [before, after] = [[{ length: 500, end: 1000 }], [{ length: 700, end: 700 }]];
    expect(commonSilences([before, after])).toEqual([{ length: 200, end: 700 }]);
    expect(commonSilences([before])).toEqual(before);
    expect(commonSilences([before, []])).toEqual([]);
    expect(commonSilences([])).toEqual([]);
  });
});
