import { VirtualClock } from '@waterbus/cluster';
import { expect, test } from 'vitest';
import { paced } from './paced.js';

function tellAll(count: number) {
  const clock = new VirtualClock();
  const told: number[] = [];
  const stop = paced([...Array(count).keys()], clock, () => told.push(clock.now()));
  return { clock, told, stop };
}

test('few are told half a second apart, the first at once', async () => {
  const { clock, told } = tellAll(3);
  expect(told).toEqual([0]);
  await clock.advance(60_000);
  expect(told).toEqual([0, 500, 1000]);
});

test('many are told within ten seconds, none of them together with all others', async () => {
  const { clock, told } = tellAll(1000);
  await clock.advance(60_000);
  expect(told).toHaveLength(1000);
  expect(told.at(-1)).toBeLessThanOrEqual(10_000);
  expect(told.filter((at) => at < 5_000).length).toBeGreaterThan(400);
  expect(told.filter((at) => at < 5_000).length).toBeLessThan(600);
});

test('nobody is told after the end, or when there is nobody', async () => {
  const { clock, told, stop } = tellAll(3);
  await clock.advance(600);
  stop();
  await clock.advance(60_000);
  expect(told).toHaveLength(2);
  expect(tellAll(0).told).toEqual([]);
});
