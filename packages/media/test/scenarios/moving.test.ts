import { describe, expect, it } from 'vitest';
import { AdaptiveCall, type Leg } from '../simulation/adaptive-call.js';
import { NetworkPath } from '../simulation/network-path.js';

// A stream that moves to another media node arrives from both through one line, by two transports
// that are independent of each other (R10).

/** The longest time between two frames, in milliseconds. */
function longestGap({ camera }: Leg, from: number, to: number): number {
  const frames = camera.received.filter(({ at, packet }) => packet.marker && at > from && at < to);
  const times = [from, ...frames.map(({ at }) => at), to];
  return Math.max(...times.slice(1).map((at, index) => at - times[index]!));
}

/**
 * Requests the two copies as the SDK does: the lowest layer of the new one, until it replaces the
 * old one.
 */
function move(seed: number, rate: number) {
  const call = new AdaptiveCall(seed);
  const { world } = call;
  const path = new NetworkPath(world, { rate, delay: 25, jitter: 4 });
  const before = call.add(path);
  world.run(20_000);
  const begun = world.now;
  const after = call.add(path, { demand: LOWEST });
  world.run(UNTIL_SHOWN);
  const shown = world.now;
  after.demand = FULL;
  before.demand = 0;
  world.run(5_000);
  return {
    frozen: Math.max(longestGap(before, begun, shown), longestGap(after, shown, world.now)),
    waited: path.queueingDelay(begun, world.now),
    dropped: path.dropped,
    missing: before.microphone.missing().length + after.microphone.missing().length,
  };
}

describe('a stream that moves to another media node', () => {
  it('neither freezes nor fills the queue of a line of 1.5 Mbit/s', () => {
    const runs = [1, 2, 3].map((seed) => move(seed, 1_500_000));
    for (const run of runs) expect(run).toMatchObject({ dropped: 0, missing: 0 });
    expect(median(runs.map(({ frozen }) => frozen))).toBeLessThan(100);
    // With both copies in full it is 220 ms.
    expect(median(runs.map(({ waited }) => waited))).toBeLessThan(100);
  });
});

function median(figures: readonly number[]): number {
  return [...figures].sort((one, other) => one - other)[figures.length >> 1]!;
}

/** Bits per second: the highest rate of the encoder, and its lowest layer. */
const FULL = 5_000_000;
const LOWEST = 120_000;

/** Milliseconds to connect, and to verify an even flow. */
const UNTIL_SHOWN = 1_000;
