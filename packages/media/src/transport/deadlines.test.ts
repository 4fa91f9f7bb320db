import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/simulation/random.js';
import { Deadlines } from './deadlines.js';

describe('Deadlines', () => {
  it('has none at first', () => {
    const deadlines = new Deadlines();
    expect([deadlines.earliest, deadlines.first]).toEqual([Number.POSITIVE_INFINITY, -1]);
    deadlines.delete(3);
    deadlines.delete(100_000);
    expect(deadlines.first).toBe(-1);
  });

  it('wakes at the earliest requested time, until it is set anew', () => {
    const deadlines = new Deadlines();
    deadlines.wakeAt(7, 30);
    deadlines.wakeAt(7, 50);
    expect([deadlines.earliest, deadlines.first]).toEqual([30, 7]);
    deadlines.wakeAt(7, 20);
    expect(deadlines.earliest).toBe(20);
    deadlines.set(7, 60);
    expect(deadlines.earliest).toBe(60);
    deadlines.set(7, Number.POSITIVE_INFINITY);
    expect(deadlines.first).toBe(-1);
  });

  it.each([1, 2, 3])('agrees with a sorted list after any operations (seed %i)', (seed) => {
    const random = new SeededRandom(seed);
    const integer = (below: number) => Math.floor(random.next() * below);
    const deadlines = new Deadlines();
    const expected = new Map<number, number>();
    for (let step = 0; step < 20_000; step++) {
      // Beyond its first capacity.
      const session = integer(1000);
      const time = integer(5000);
      switch (integer(4)) {
        case 0:
          deadlines.delete(session);
          expected.delete(session);
          break;
        case 1:
          deadlines.set(session, time);
          expected.set(session, time);
          break;
        default:
          deadlines.wakeAt(session, time);
          expected.set(session, Math.min(time, expected.get(session) ?? Number.POSITIVE_INFINITY));
      }
      if (step % 50 === 0) expect(deadlines.earliest).toBe(Math.min(...expected.values()));
    }
    const order: number[] = [];
    while (deadlines.first >= 0) {
      expect(expected.get(deadlines.first)).toBe(deadlines.earliest);
      order.push(deadlines.earliest);
      deadlines.delete(deadlines.first);
    }
    expect(order).toEqual([...expected.values()].sort((a, b) => a - b));
  });
});
