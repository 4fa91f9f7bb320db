import { expect, it } from 'vitest';
import { Overrun } from './overrun.js';

/** Sends at a rate (bits per second) for so many milliseconds. */
function send(overrun: Overrun, clock: { now: number; bytes: number }, rate: number, milliseconds: number): void {
  for (const end = clock.now + milliseconds; clock.now < end; ) {
    clock.now += 50;
    clock.bytes += (rate * 50) / 8000;
    overrun.measure(clock.bytes, clock.now);
  }
}

it('reduces a budget by the rate beyond the assumed costs of layers', () => {
  const overrun = new Overrun();
  const clock = { now: 1000, bytes: 0 };
  send(overrun, clock, 1_600_000, 2000);
  expect(overrun.factor(800_000, 1_000_000)).toBeCloseTo(0.5, 1);
});

it.each([
  ['what is sent fits the budget all the same', 1_000_000, 800_000, 1_000_000],
  ['layers cost what they were taken to cost', 1_600_000, 1_600_000, 1_000_000],
  ['nothing is allocated', 1_600_000, 0, 1_000_000],
  ['no estimate limits the path', 1_600_000, 800_000, Number.POSITIVE_INFINITY],
])('leaves it when %s', (_, rate, spent, budget) => {
  const overrun = new Overrun();
  send(overrun, { now: 0, bytes: 0 }, rate, 2000);
  expect(overrun.factor(spent, budget)).toBe(1);
});

it('begins anew after a lower allocation, so that one overrun does not lower twice', () => {
  const overrun = new Overrun();
  const clock = { now: 0, bytes: 0 };
  send(overrun, clock, 1_600_000, 2000);
  overrun.restart(clock.now);
  expect(overrun.factor(400_000, 1_000_000)).toBe(1);
  send(overrun, clock, 400_000, 2000);
  expect(overrun.factor(400_000, 1_000_000)).toBe(1);
});
