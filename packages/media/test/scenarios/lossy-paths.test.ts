import { describe, expect, it } from 'vitest';
import type { PathOptions } from '../simulation/network-path.js';
import { frozenShare, Viewer } from '../simulation/viewer.js';

// The effects of a bad path that a person notices: frozen pictures, concealed sound, and their
// duration after a change.

/** Twenty seconds of a call; the first five are not judged. */
function watch(seed: number, path: Partial<PathOptions>, uplinkLoss = path.loss) {
  const viewer = new Viewer(seed, path, uplinkLoss);
  const { world } = viewer;
  const from = world.now + 5000;
  world.run(20_000);
  expect(world.engine.faults).toBe(0);
  expect(world.port.refused).toBe(0);
  const to = world.now - 1000;
  const roundTrip = 2 * viewer.line.options.delay;
  return {
    viewer,
    // Browsers hold pictures back for the time of a repeat.
    frozen: frozenShare(viewer.shown(100 + roundTrip), from, to),
    concealed: viewer.concealed(200, from, to),
  };
}

/**
 * Each second, repeats take at most a quarter of the estimated rate; while that falls, of the rate
 * a second before.
 */
function expectFewRepeats({ seconds }: Viewer): void {
  for (const [i, { repeats, target }] of seconds.entries()) {
    const before = seconds[i - 1]?.target ?? target;
    expect((repeats * 8) / Math.max(target, before)).toBeLessThanOrEqual(0.25);
  }
}

describe('a path that loses 5 percent both ways', () => {
  it.each([
    [1, 50, 0.01],
    [2, 50, 0.01],
    [3, 300, 0.01],
    [4, 300, 0.01],
  ])('shows pictures (seed %i, %i ms round trip, frozen at most %d)', (seed, roundTrip, most) => {
    const { viewer, frozen, concealed } = watch(seed, { loss: 0.05, delay: roundTrip / 2 });
    expect(frozen).toBeLessThanOrEqual(most);
    expect(concealed).toBeLessThan(0.01);
    // Each in two copies, because a repeat may be lost like the packet.
    const sum = (of: 'repeats' | 'bytes') => viewer.seconds.reduce((all, second) => all + second[of], 0);
    expect(sum('repeats') / sum('bytes')).toBeLessThan(0.12);
    expectFewRepeats(viewer);
  });

  it('shows them when they are held back for less than the time of a second repeat, as browsers do', () => {
    const runs = [11, 12, 13].map((seed) => {
      const { viewer } = watch(seed, { loss: 0.05, delay: 25 });
      const { now } = viewer.world;
      return frozenShare(viewer.shown(80), now - 15_000, now - 1000);
    });
    // The loss of one request has no visible effect.
    expect(runs.reduce((sum, frozen) => sum + frozen, 0) / runs.length).toBeLessThanOrEqual(0.005);
  });

  it.each([5, 6])('in bursts of four shows pictures (seed %i)', (seed) => {
    const { viewer, frozen, concealed } = watch(seed, { loss: 0.05, burst: 4, delay: 25 }, 0.05);
    expect(frozen).toBeLessThan(0.03);
    expect(concealed).toBeLessThan(0.02);
    expectFewRepeats(viewer);
  });
});

describe('a path that loses 20 percent both ways', () => {
  it.each([
    [7, 50, Number.POSITIVE_INFINITY],
    [8, 50, 2_000_000],
    [9, 300, Number.POSITIVE_INFINITY],
  ])('leaves the sound intelligible (seed %i, %i ms round trip, %d bit/s)', (seed, roundTrip, rate) => {
    const { viewer, concealed } = watch(seed, { rate, loss: 0.2, delay: roundTrip / 2 });
    expect(concealed).toBeLessThanOrEqual(0.05);
    expectFewRepeats(viewer);
  });
});

it('a path of 3, 0.6 and 3 Mbit/s shows fluid pictures within 5 s, and the best ones within 15 s', () => {
  const viewer = new Viewer(10, { rate: 3_000_000, delay: 25 });
  const { world } = viewer;
  world.run(12_000);
  const dropped = world.now;
  viewer.line.options.rate = 600_000;
  world.run(15_000);
  const risen = world.now;
  viewer.line.options.rate = 3_000_000;
  world.run(20_000);
  const shown = viewer.shown(100);
  const streamsOf = (from: number, to: number) =>
    new Set(shown.filter(({ at }) => at >= from && at < to).map(({ stream }) => stream));
  expect([...streamsOf(dropped - 3000, dropped)]).toEqual([2]);
  expect(frozenShare(shown, dropped + 5000, risen)).toBe(0);
  expect([...streamsOf(dropped + 5000, risen)]).not.toContain(2);
  expect([...streamsOf(risen + 15_000, world.now)]).toEqual([2]);
  expect(frozenShare(shown, risen, world.now)).toBeLessThan(0.02);
  expectFewRepeats(viewer);
});
