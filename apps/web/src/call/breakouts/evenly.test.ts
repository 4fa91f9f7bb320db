import { describe, expect, it } from 'vitest';
import { evenly } from './evenly.js';

describe('groups of people', () => {
  it('have everybody once, and sizes that differ by one at most', () => {
    for (const [people, groups] of [
      [7, 3],
      [2, 5],
      [0, 2],
      [50, 50],
    ] as const) {
      const ids = Array.from({ length: people }, (_, index) => `p${index}`);
      const made = evenly(ids, groups);
      const sizes = made.map((group) => group.length);
      expect(made.flat().sort()).toEqual([...ids].sort());
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it('are others each time', () => {
    const ids = ['a', 'b', 'c', 'd'];
    expect(evenly(ids, 2, () => 0)).not.toEqual(evenly(ids, 2, () => 0.99));
  });
});
