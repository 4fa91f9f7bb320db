import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/simulation/random.js';
import { OveruseDetector } from './overuse-detector.js';
import { Trendline } from './trendline.js';

/** Feeds groups 33 ms apart whose delay changes by `delta`, and answers each usage. */
function feed(
  count: number,
  delta: (i: number) => number,
  detector = new OveruseDetector(),
  trendline = new Trendline(),
) {
  const usages = new Set<string>();
  let arrivedAt = 1000;
  for (let i = 0; i < count; i++) {
    const change = delta(i);
    arrivedAt += 33 + change;
    const groups = { sendDelta: 33, arrivalDelta: 33 + change, arrivedAt };
    trendline.add(groups);
    usages.add(detector.detect(trendline, groups));
  }
  return { usages, detector, trendline };
}

describe('Trendline and OveruseDetector', () => {
  it('find the slope of a delay that grows', () => {
    expect(feed(100, () => 1).trendline.slope).toBeCloseTo(1 / 34, 2);
    expect(feed(2500, () => 1).trendline.slope).toBeCloseTo(1 / 34, 2);
  });

  it('report normal usage for a steady path, also with jitter', () => {
    expect([...feed(500, () => 0).usages]).toEqual(['normal']);
    const random = new SeededRandom(1);
    let last = 0;
    const jitter = () => {
      const next = random.next() * 10;
      const delta = next - last;
      last = next;
      return delta;
    };
    expect(feed(1000, jitter).usages.has('overuse')).toBe(false);
  });

  it('report overuse for a queue that grows within a second, and underuse for one that drains', () => {
    expect(feed(30, () => 3).usages.has('overuse')).toBe(true);
    const { detector, trendline } = feed(30, () => 3);
    expect(feed(40, () => -3, detector, trendline).detector.usage).toBe('underuse');
  });

  it('raise the threshold where other flows fill and drain the queue, within bounds', () => {
    const { detector } = feed(600, (i) => (i % 60 < 30 ? 2 : -2));
    const calm = feed(600, () => 0).detector;
    expect(calm.threshold).toBe(6);
    expect(detector.threshold).toBeGreaterThan(1.5 * calm.threshold);
  });

  it('measure a delay of 250 microseconds', () => {
    expect(feed(100, () => 0.25).trendline.slope).toBeGreaterThan(0.005);
  });

  it('start anew', () => {
    const { detector, trendline } = feed(30, () => 3);
    trendline.reset();
    detector.reset();
    expect([trendline.slope, trendline.groups, detector.usage]).toEqual([0, 0, 'normal']);
  });
});
