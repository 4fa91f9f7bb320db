import { describe, expect, it } from 'vitest';
import { AdaptiveCall, type Leg } from '../simulation/adaptive-call.js';
import { NetworkPath, type PathOptions } from '../simulation/network-path.js';
import { TcpFlow, type TcpGrowth } from '../simulation/tcp-flow.js';

// Several flows through one bottleneck: receivers behind one line, and downloads beside them (RFC 8867 sections 5.4 to 5.6).

/** Received media of a leg between two times, bits per second. */
function throughput({ camera, microphone }: Leg, from: number, to: number): number {
  const came = [...camera.received, ...microphone.received].filter(({ at }) => at >= from && at < to);
  return came.reduce((bits, { packet }) => bits + (packet.payload.length + HEADER_BYTES) * 8000, 0) / (to - from);
}

/** Jain's index of fairness: 1 for equal shares, 1 / n when one has everything. */
function fairness(shares: readonly number[]): number {
  const sum = shares.reduce((all, share) => all + share, 0);
  return sum ** 2 / (shares.length * shares.reduce((all, share) => all + share ** 2, 0));
}

/**
 * Receivers that join three seconds apart; their shares for half a minute, from half a minute after
 * the last one joined.
 */
function share(seed: number, receivers: number, options: Partial<PathOptions>) {
  const call = new AdaptiveCall(seed);
  const { world } = call;
  const path = new NetworkPath(world, options);
  const legs: Leg[] = [];
  for (let i = 0; i < receivers; i++) {
    legs.push(call.add(path));
    world.run(3000);
  }
  const from = world.now + 30_000;
  world.run(60_000);
  expect(world.port.refused).toBe(0);
  expect(world.engine.faults).toBe(0);
  return { path, shares: legs.map((leg) => throughput(leg, from, world.now)), from, to: world.now };
}

describe('receivers of ours behind one line', () => {
  it.each([
    [1, 2, 10, 0.8],
    [2, 2, 25, 0.8],
    [3, 2, 50, 0.8],
    // In some runs the third one gets less.
    [4, 3, 25, 0.7],
  ])('share it: seed %i, %i of them, %i ms away', (seed, receivers, delay, least) => {
    const rate = 600_000 * receivers;
    const runs = [seed, seed + 10, seed + 20].map((one) => share(one, receivers, { rate, delay, jitter: 4 }));
    expect(median(runs.map(({ shares }) => fairness(shares)))).toBeGreaterThan(least);
    for (const { path, from, to } of runs) expect(path.utilization(from, to)).toBeGreaterThan(0.8);
  });
});

describe('beside a download', () => {
  it.each<[TcpGrowth, number, number]>([
    ['reno', 10, 300],
    ['cubic', 50, 300],
  ])(
    'by TCP (%s, %i ms away, a queue of %i ms) a call is not starved, nor does it starve it',
    (growth, delay, queue) => {
      // Loss-driven flows are chaotic: a single run shows little.
      const runs = [1, 2, 3, 4, 5].map((seed) => beside(seed, growth, { rate: LINE, delay, queue, jitter: 2 }));
      const [ours, theirs] = [median(runs.map((run) => run.ours)), median(runs.map((run) => run.theirs))];
      expect(ours).toBeGreaterThan(0.07 * LINE);
      expect(theirs).toBeGreaterThan(0.4 * LINE);
      for (const run of runs) expect(run.ours + run.theirs).toBeGreaterThan(0.85 * LINE);
      // Sound continues, retransmitted where the queue overflowed.
      expect(median(runs.map(({ missing }) => missing))).toBeLessThan(0.01);
    },
  );
});

describe('beside a download that fills the whole queue', () => {
  it.each<[TcpGrowth, number, number]>([
    ['reno', 10, 100],
    ['cubic', 50, 1000],
  ])('(%s, %i ms away, a queue of %i ms) a call keeps its sound', (growth, delay, queue) => {
    const runs = [1, 2, 3].map((seed) => beside(seed, growth, { rate: LINE, delay, queue, jitter: 2 }));
    for (const { ours, missing } of runs) {
      expect(ours).toBeGreaterThan(SOUND);
      expect(missing).toBeLessThan(0.05);
    }
  });
});

/**
 * A call of five seconds, then a download; from 20 s later bits per second of both, and the share
 * of sound lost.
 */
function beside(seed: number, growth: TcpGrowth, options: Partial<PathOptions>) {
  const call = new AdaptiveCall(seed);
  const { world } = call;
  const path = new NetworkPath(world, options);
  const leg = call.add(path);
  world.run(5000);
  const download = new TcpFlow(world, path, growth);
  const from = world.now + 20_000;
  world.run(50_000);
  const { microphone } = leg;
  return {
    ours: throughput(leg, from, world.now),
    theirs: download.throughput(from, world.now),
    missing: microphone.missing().length / microphone.received.length,
  };
}

function median(figures: readonly number[]): number {
  return [...figures].sort((one, other) => one - other)[figures.length >> 1]!;
}

/** Bits per second. */
const LINE = 2_000_000;
/** The rate of the microphone, less the accepted loss. */
const SOUND = 30_000;
/** Approximate size of the RTP header, with extensions. */
const HEADER_BYTES = 24;
