import { describe, expect, it } from 'vitest';
import { AdaptiveCall } from '../simulation/adaptive-call.js';
import type { PathOptions } from '../simulation/network-path.js';

/** Runs a call over this path; returns its leg and its start time. */
function call(
  seed: number,
  path: Partial<PathOptions>,
  seconds: number,
  options: Parameters<AdaptiveCall['add']>[1] = {},
) {
  const adaptive = new AdaptiveCall(seed);
  const leg = adaptive.add(path, options);
  const { world } = adaptive;
  const start = world.now;
  world.run(seconds * 1000);
  expect(world.port.refused).toBe(0);
  expect(world.events.filter(({ type }) => type === 'fault')).toEqual([]);
  return { adaptive, leg, world, start };
}

describe('a receiver’s line', () => {
  it.each([
    [3000, 1],
    [1500, 2],
    [600, 3],
    [250, 4],
  ])('of %i kbit/s is used and its queue is short after ten seconds (seed %i)', (rate, seed) => {
    const { leg, start } = call(seed, { rate: rate * 1000 }, 30);
    expect(leg.path.utilization(start + 10_000, start + 30_000)).toBeGreaterThan(0.8);
    expect(leg.path.queueingDelay(start + 10_000, start + 30_000)).toBeLessThan(100);
    const dropped = leg.path.dropped;
    expect(dropped).toBeLessThan(0.1 * leg.path.packets.length);
  });

  it('of 300 ms round trip is also used', () => {
    const { leg, start } = call(5, { rate: 1_500_000, delay: 150 }, 30);
    expect(leg.path.utilization(start + 10_000, start + 30_000)).toBeGreaterThan(0.8);
    expect(leg.path.queueingDelay(start + 10_000, start + 30_000)).toBeLessThan(100);
  });
});

it.each([
  [500_000, 10_000, 11],
  [1_000_000, 15_000, 12],
  [1_000_000, 40_000, 13],
])(
  'a policer of %i bit/s with %i bytes gets a mean target below 1.6 times its rate, and loses little sound (seed %i)',
  (rate, bucket, seed) => {
    const { leg, start } = call(seed, { rate, bucket }, 40);
    const targets = leg.targets.filter(({ at }) => at > start + 10_000).map(({ target }) => target);
    const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length;
    expect(mean).toBeLessThan(1.6 * rate);
    expect(leg.microphone.missing().length).toBeLessThan(0.01 * leg.microphone.received.length);
    expect(leg.path.utilization(start + 10_000, start + 40_000)).toBeGreaterThan(0.9);
  },
);
