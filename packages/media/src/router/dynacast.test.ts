import { expect, it } from 'vitest';
import { Dynacast } from './dynacast.js';

it('announces less after two seconds, and more at once', () => {
  const dynacast = new Dynacast();
  expect(dynacast.update(2, 2, 0)).toBeUndefined();
  expect(dynacast.update(0, 2, 1000)).toBeUndefined();
  expect(dynacast.update(0, 2, 2999)).toBeUndefined();
  expect(dynacast.update(0, 2, 3000)).toBe(0);
  expect(dynacast.update(0, 2, 9000)).toBeUndefined();
  expect(dynacast.update(1, 2, 9001)).toBe(1);
  expect(dynacast.update(2, 2, 9002)).toBe(2);
});

it('announces the highest layer that was wanted meanwhile', () => {
  const dynacast = new Dynacast();
  dynacast.update(-1, 2, 0);
  dynacast.update(1, 2, 1000);
  expect(dynacast.update(-1, 2, 2000)).toBe(1);
  expect(dynacast.update(-1, 2, 3999)).toBeUndefined();
  expect(dynacast.update(-1, 2, 4250)).toBeUndefined();
  expect(dynacast.update(-1, 2, 6250)).toBe(-1);
  expect(dynacast.isWanted).toBe(false);
});

it('announces nothing when a hidden tile returns in time, again and again', () => {
  const dynacast = new Dynacast();
  for (let now = 0; now < 60_000; now += 100) {
    expect(dynacast.update(now % 1500 < 1400 ? -1 : 2, 2, now)).toBeUndefined();
  }
});
