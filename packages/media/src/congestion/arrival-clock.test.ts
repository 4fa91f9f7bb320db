import { describe, expect, it } from 'vitest';
import { ArrivalClock } from './arrival-clock.js';

describe('ArrivalClock', () => {
  it('continues where 24 bits wrap', () => {
    const clock = new ArrivalClock();
    const first = clock.take(0xffffff);
    expect(clock.take(1) - first).toBe(2 * 64);
    expect(clock.take(0xfffffe) - first).toBe(-64);
  });

  it('refuses times that go back, until they persist as the receiver’s clock', () => {
    const clock = new ArrivalClock();
    clock.arrived({ arrivedAt: clock.take(10_000) });
    expect(clock.take(9990)).toBeGreaterThan(0);
    const answers = Array.from({ length: 11 }, () => clock.take(5000));
    expect(answers.slice(0, 10)).toEqual(new Array(10).fill(-1));
    expect(answers[10]).toBeGreaterThan(0);
  });
});
