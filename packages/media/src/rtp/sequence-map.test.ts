import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceMap } from './sequence-map.js';

describe('SequenceMap', () => {
  it('shifts from its start on, and maps nothing before it', () => {
    const map = new SequenceMap();
    map.start(1000, 10);
    expect(map.toOutgoing(1005)).toBe(15);
    expect(map.toOutgoing(999)).toBe(-1);
    expect(map.toIncoming(15)).toBe(1005);
    expect(map.toIncoming(9)).toBe(-1);
  });

  it('closes over a number left out, and still maps late ones before it', () => {
    const map = new SequenceMap();
    map.start(1000, 10);
    map.skip(1005);
    expect([1004, 1005, 1006].map((incoming) => map.toOutgoing(incoming))).toEqual([14, -1, 15]);
    expect([14, 15, 16].map((outgoing) => map.toIncoming(outgoing))).toEqual([1004, 1006, 1007]);
  });

  it('maps like a list of all numbers for any numbers left out, within its window', () => {
    const run = fc.record({
      from: fc.integer({ min: 0, max: 200_000 }),
      out: fc.integer({ min: 0, max: 200_000 }),
      // Stretches: how many numbers, and every how many one is left out (0: none; 1: all).
      stretches: fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 5 })), {
        maxLength: 8,
      }),
    });
    fc.assert(
      fc.property(run, ({ from, out, stretches }) => {
        const map = new SequenceMap();
        map.start(from, out);
        const outgoing = new Map<number, number>();
        let [next, given] = [from, out];
        for (const [count, every] of stretches) {
          for (let i = 0; i < count; i++, next++) {
            if (every > 0 && i % every === 0) map.skip(next);
            else outgoing.set(next, given++);
          }
        }
        for (let incoming = Math.max(from, next - 2048); incoming < next; incoming++) {
          const mapped = map.toOutgoing(incoming);
          if (mapped !== (outgoing.get(incoming) ?? -1)) return false;
          if (mapped >= 0 && map.toIncoming(mapped) !== incoming) return false;
        }
        // Older numbers are refused, never mapped wrongly.
        for (const [incoming, expected] of outgoing) {
          const mapped = map.toOutgoing(incoming);
          if (mapped !== -1 && mapped !== expected) return false;
          const back = map.toIncoming(expected);
          if (back !== -1 && back !== incoming) return false;
        }
        return map.toIncoming(out - 1) === -1 && map.toOutgoing(from - 1) === -1;
      }),
      { numRuns: 200 },
    );
  });

  it('starts anew without the numbers left out before', () => {
    const map = new SequenceMap();
    map.start(1000, 10);
    for (let i = 0; i < 5000; i += 2) map.skip(1000 + i);
    map.start(20, 70_000);
    expect(map.toOutgoing(25)).toBe(70_005);
    map.skip(30);
    expect([29, 30, 31].map((incoming) => map.toOutgoing(incoming))).toEqual([70_009, -1, 70_010]);
  });
});
