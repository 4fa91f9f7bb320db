import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, type Demand } from './allocate.js';

/** Three spatial layers with all their frames and half of them, bits per second. */
const CAMERA = [75_000, 110_000, 150_000, 330_000, 450_000, 1_100_000, 1_500_000];

function camera(priority = 1, highest = CAMERA.length - 1, held = -1): Demand {
  return { priority, costs: CAMERA, highest, held };
}

describe('spending a budget', () => {
  it('gives all when it suffices', () => {
    const { rungs, spent, needed } = allocate([camera(), camera()], 3_000_000);
    expect(rungs).toEqual([6, 6]);
    expect(spent).toBe(3_000_000);
    expect(needed).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives every demand its lowest rung before any a higher one', () => {
    expect(allocate([camera(3), camera(1), camera(1)], 225_000).rungs).toEqual([0, 0, 0]);
    expect(allocate([camera(1), camera(1), camera(3)], 300_000).rungs).toEqual([0, 0, 2]);
  });

  it('climbs round by round within a class, and class by class', () => {
    expect(allocate([camera(), camera(), camera()], 330_000).rungs).toEqual([1, 1, 1]);
    expect(allocate([camera(1), camera(2), camera(3)], 600_000).rungs).toEqual([0, 0, 4]);
    expect(allocate([camera(1), camera(2), camera(3)], 700_000).rungs).toEqual([0, 2, 4]);
  });

  it('serves the first in order of priority when not all can be shown', () => {
    expect(allocate([camera(1), camera(1), camera(3)], 160_000).rungs).toEqual([0, -1, 0]);
  });

  it('gives nothing to hidden demands', () => {
    expect(allocate([camera(3, -1), camera()], 10_000_000).rungs).toEqual([-1, 6]);
  });

  it('gives the rest of one demand to others', () => {
    // The first cannot climb to its 330,000, the second can still have all its frames.
    expect(allocate([camera(3), camera(1)], 320_000).rungs).toEqual([2, 2]);
  });

  it('keeps held rungs up to the budget, and goes beyond only up to the growth', () => {
    const held = [camera(1, 6, 4), camera(1, 6, 4)];
    expect(allocate(held, 1_000_000, 0).rungs).toEqual([4, 4]);
    expect(allocate(held, 3_000_000, 1_000_000).rungs).toEqual([4, 4]);
    expect(allocate(held, 2_000_000, 1_600_000).rungs).toEqual([5, 4]);
  });

  it('names the budget that the first refused step needs', () => {
    expect(allocate([camera()], 200_000).needed).toBe(330_000);
    expect(allocate([camera(), camera()], 100_000).needed).toBe(150_000);
  });
});

describe('for any demands', () => {
  it('never exceeds the budget, and shows no demand while one before it has no place', () => {
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 12 }), budget, (demands, total) => {
        const { rungs, spent } = allocate(demands, total);
        expect(spent).toBe(costOf(demands, rungs));
        expect(spent).toBeLessThanOrEqual(total);
        for (const [i, rung] of rungs.entries()) expect(rung).toBeLessThanOrEqual(demands[i]!.highest);
      }),
    );
  });

  it('lowers all to the lowest layer before it pauses any', () => {
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 12 }), budget, (demands, total) => {
        const { rungs } = allocate(demands, total);
        const paused = demands.filter(({ highest }, i) => highest >= 0 && rungs[i]! < 0);
        // The rest of the budget besides all lowest layers does not hold a paused demand.
        for (const { costs } of paused) {
          const floors = demands.reduce((sum, { costs, highest }, i) => {
            return highest >= 0 && rungs[i]! >= 0 ? sum + costs[0]! : sum;
          }, 0);
          expect(floors + costs[0]!).toBeGreaterThan(total);
        }
      }),
    );
  });

  it('serves the higher class as if the lower one had only its lowest layers', () => {
    fc.assert(
      fc.property(fc.array(demand, { minLength: 1, maxLength: 8 }), budget, (demands, total) => {
        const { rungs } = allocate(demands, total);
        const top = Math.max(...demands.map(({ priority }) => priority));
        const lowered = demands.map((one) =>
          one.priority === top ? one : { ...one, highest: Math.min(0, one.highest) },
        );
        const alone = allocate(lowered, total).rungs;
        for (const [i, { priority }] of demands.entries()) if (priority === top) expect(rungs[i]).toBe(alone[i]);
      }),
    );
  });

  it('spends no less of a larger budget, and first improves the first demand that it serves differently', () => {
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 10 }), budget, budget, (demands, one, other) => {
        const less = allocate(demands, Math.min(one, other));
        const more = allocate(demands, Math.max(one, other));
        expect(more.spent).toBeGreaterThanOrEqual(less.spent);
        // Among equal demands of one class, the one that is served worst is served no worse.
        const alike = demands.map(() => camera());
        const [few, many] = [allocate(alike, Math.min(one, other)).rungs, allocate(alike, Math.max(one, other)).rungs];
        expect(Math.min(...many)).toBeGreaterThanOrEqual(Math.min(...few));
      }),
    );
  });

  it('takes the step that it named as needed, with that budget', () => {
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 8 }), budget, (demands, total) => {
        const { needed, spent } = allocate(demands, total);
        if (needed === Number.POSITIVE_INFINITY) return;
        expect(needed).toBeGreaterThan(total);
        expect(allocate(demands, needed).spent).toBeGreaterThan(spent);
      }),
    );
  });

  it('is stable when its own result is the next input', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 8 }), budget, share, (demands, total, part) => {
        let { rungs } = allocate(demands, total, total * part);
        const seen = new Set<string>();
        for (;;) {
          const held = demands.map((one, i) => ({ ...one, held: rungs[i]! }));
          const next = allocate(held, total, Math.min(total, costOf(demands, rungs))).rungs;
          if (next.every((rung, i) => rung === rungs[i])) return;
          expect(seen).not.toContain(next.join());
          seen.add(next.join());
          rungs = next;
        }
      }),
    );
  });
});

function costOf(demands: readonly Demand[], rungs: readonly number[]): number {
  return demands.reduce((sum, { costs }, i) => (rungs[i]! < 0 ? sum : sum + costs[rungs[i]!]!), 0);
}

const budget = fc.integer({ min: 0, max: 8_000_000 });

const demand: fc.Arbitrary<Demand> = fc
  .record({
    priority: fc.integer({ min: 0, max: 3 }),
    steps: fc.array(fc.integer({ min: 0, max: 900_000 }), { minLength: 1, maxLength: 9 }),
    highest: fc.integer({ min: -1, max: 8 }),
  })
  .map(({ priority, steps, highest }) => {
    let cost = 20_000;
    const costs = steps.map((step) => (cost += step));
    return { priority, costs, highest: Math.min(highest, steps.length - 1), held: -1 };
  });
