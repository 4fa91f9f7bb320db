import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../placement/place.js';
import { hasTurn, relieve, type Sending } from './relief-steps.js';

const other = (load: number, draining = false): Candidate => ({ id: `${load}`, hash: 0, local: false, draining, load });
const sending = (transportId: string, weight: number, roomId = transportId): Sending => ({
  transportId,
  roomId,
  weight,
});
/** Two publishers of a large room, and a small room of two. */
const sendings = [
  sending('a', 400, 'large'),
  sending('b', 300, 'large'),
  sending('c', 6, 'small'),
  sending('d', 4, 'small'),
];

describe('relieve', () => {
  test('a node below its limit moves nothing', () => {
    expect(relieve({ cpu: 0.84, load: 0.84, sendings }, [other(0)])).toEqual([]);
    // Its listeners are new: they may cost less than estimated.
    expect(relieve({ cpu: 0.4, load: 0.95, sendings }, [other(0)])).toEqual([]);
  });

  test('of a large room one publisher moves, the smallest that suffices', () => {
    expect(relieve({ cpu: 0.9, load: 0.9, sendings }, [other(0.1)])).toEqual(['b']);
    expect(relieve({ cpu: 1, load: 1.3, sendings }, [other(0)])).toEqual(['a']);
  });

  test('a small room moves as a whole if the publishers of large ones fit on no node', () => {
    expect(relieve({ cpu: 0.9, load: 0.9, sendings }, [other(0.65)])).toEqual(['c', 'd']);
  });

  test('nothing moves if the highest load would hardly decrease', () => {
    expect(relieve({ cpu: 0.9, load: 0.9, sendings: sendings.slice(0, 2) }, [other(0.5)])).toEqual([]);
    expect(relieve({ cpu: 0.9, load: 0.9, sendings }, [other(0.95)])).toEqual([]);
  });

  test('a screen that fits on no node moves to where it decreases the highest load', () => {
    const alone = [sending('screen', 600), ...Array.from({ length: 300 }, (_, i) => sending(`${i}`, 1))];
    expect(relieve({ cpu: 1, load: 1, sendings: alone }, [other(0.2)])).toEqual(['screen']);
  });

  test('R10: a draining node accepts nothing, and a single node has no alternative', () => {
    expect(relieve({ cpu: 0.9, load: 0.9, sendings }, [other(0, true)])).toEqual([]);
    expect(relieve({ cpu: 0.9, load: 0.9, sendings }, [])).toEqual([]);
  });

  test('a publisher that did not move still counts, and another one receives a request', () => {
    const [a, b, ...small] = sendings;
    expect(relieve({ cpu: 0.9, load: 0.9, sendings: [a!, { ...b!, stuck: true }, ...small] }, [other(0.1)])).toEqual([
      'a',
    ]);
  });

  test('a publisher without receivers frees nothing', () => {
    expect(relieve({ cpu: 0.9, load: 0.9, sendings: [sending('a', 0)] }, [other(0)])).toEqual([]);
  });
});

test('a step that fits on no node waits for its turn, one that fits does not', () => {
  const elephant = [sending('a', 500, 'large'), sending('b', 400, 'large')];
  expect(relieve({ cpu: 1, load: 1.2, sendings: elephant }, [other(0.4)], true)).toEqual(['b']);
  expect(relieve({ cpu: 1, load: 1.2, sendings: elephant }, [other(0.4)], false)).toEqual([]);
  expect(relieve({ cpu: 1, load: 1.2, sendings: elephant }, [other(0.1)], false)).toEqual(['b']);
  const turns = (others: Candidate[]) => {
    const all = Array.from({ length: 3000 }, (_, interval) => hasTurn({ hash: -7 }, interval, others));
    return all.filter(Boolean).length;
  };
  // Each third interval alone, less often with other nodes over their limits, more often with more
  // nodes to choose from.
  expect(turns([other(0.3)])).toBe(1000);
  expect(turns([other(0.9), other(0.95), other(0.3)])).toBeCloseTo(333, -1);
  expect(turns([other(0.9), ...Array.from({ length: 400 }, () => other(0.3))])).toBe(3000);
});

test('for any loads, each step decreases the higher of two loads, so moving terminates', () => {
  const aSending = fc.record({
    room: fc.integer({ min: 0, max: 5 }),
    cost: fc.double({ min: 0.001, max: 0.6, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(fc.array(aSending, { maxLength: 20 }), { minLength: 2, maxLength: 4 }), (random) => {
      const cluster = random.map((all, at) =>
        all.map(({ room, cost }, index) => sending(`${at}-${index}`, cost, `room ${room}`)),
      );
      const loads = () => cluster.map((all) => all.reduce((sum, { weight }) => sum + weight, 0));
      let steps = 0;
      for (let still = true; still; ) {
        still = false;
        for (const [at, all] of cluster.entries()) {
          const before = loads();
          const load = before[at]!;
          const others = before.filter((_, index) => index !== at).map((there) => other(there));
          const moved = relieve({ cpu: Math.min(1, load), load, sendings: all }, others);
          if (moved.length === 0) continue;
          const to = before.indexOf(Math.min(...before.filter((_, index) => index !== at)));
          cluster[to]!.push(...all.filter(({ transportId }) => moved.includes(transportId)));
          cluster[at] = all.filter(({ transportId }) => !moved.includes(transportId));
          expect(Math.max(loads()[at]!, loads()[to]!)).toBeLessThan(load);
          still = true;
          steps += 1;
        }
        expect(steps).toBeLessThan(200);
      }
    }),
    { numRuns: 300 },
  );
});
