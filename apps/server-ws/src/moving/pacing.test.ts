import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { expect, test } from 'vitest';
import { paced } from './pacing.js';

function tellAll(count: number, random = 0) {
  const clock = new VirtualClock();
  const told: number[] = [];
  const stop = paced(
    [...Array(count).keys()],
    clock,
    () => random,
    () => told.push(clock.now()),
  );
  return { clock, told, stop };
}

test('few are notified four seconds apart, the first after a random part of that', async () => {
  for (const [random, first] of [
    [0, 0],
    [0.5, 2000],
  ] as const) {
    const { clock, told } = tellAll(3, random);
    await clock.advance(60_000);
    expect(told).toEqual([first, first + 4000, first + 8000]);
  }
});

test('many are notified within fifteen seconds, none of them together with all others', async () => {
  const { clock, told } = tellAll(1000, 0.999);
  await clock.advance(60_000);
  expect(told).toHaveLength(1000);
  expect(told.at(-1)).toBeLessThanOrEqual(15_000);
  expect(told.filter((at) => at < 7_500).length).toBeGreaterThan(400);
  expect(told.filter((at) => at < 7_500).length).toBeLessThan(600);
});

test('none is notified after the end, or of an empty list', async () => {
  const { clock, told, stop } = tellAll(3);
  await clock.advance(4100);
  stop();
  await clock.advance(60_000);
  expect(told).toHaveLength(2);
  const nobody = tellAll(0);
  await nobody.clock.advance(60_000);
  expect(nobody.told).toEqual([]);
});
