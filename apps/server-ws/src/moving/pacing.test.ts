import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { expect, test } from 'vitest';
import { paced } from './pacing.js';

function notifyAll(count: number, random = 0) {
  const clock = new VirtualClock();
  const notified: number[] = [];
  const stop = paced(
    [...Array(count).keys()],
    clock,
    () => random,
    () => notified.push(clock.now()),
  );
  return { clock, notified, stop };
}

test('few are notified four seconds apart, the first after a random part of that', async () => {
  for (const [random, first] of [
    [0, 0],
    [0.5, 2000],
  ] as const) {
    const { clock, notified } = notifyAll(3, random);
    await clock.advance(60_000);
    expect(notified).toEqual([first, first + 4000, first + 8000]);
  }
});

test('many are notified within fifteen seconds, none of them together with all others', async () => {
  const { clock, notified } = notifyAll(1000, 0.999);
  await clock.advance(60_000);
  expect(notified).toHaveLength(1000);
  expect(notified.at(-1)).toBeLessThanOrEqual(15_000);
  expect(notified.filter((at) => at < 7_500).length).toBeGreaterThan(400);
  expect(notified.filter((at) => at < 7_500).length).toBeLessThan(600);
});

test('none is notified after the end, or of an empty list', async () => {
  const { clock, notified, stop } = notifyAll(3);
  await clock.advance(4100);
  stop();
  await clock.advance(60_000);
  expect(notified).toHaveLength(2);
  const nobody = notifyAll(0);
  await nobody.clock.advance(60_000);
  expect(nobody.notified).toEqual([]);
});
