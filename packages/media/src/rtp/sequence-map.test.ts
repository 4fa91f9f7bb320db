import { describe, expect, it } from 'vitest';
import { SequenceMap } from './sequence-map.js';

describe('SequenceMap', () => {
  it('shifts from its start on, and knows nothing from before', () => {
    const map = new SequenceMap();
    expect(map.toOutgoing(5)).toBe(-1);
    map.start(1000, 10, 0);
    expect(map.toOutgoing(1005)).toBe(15);
    expect(map.toOutgoing(999)).toBe(-1);
    expect(map.toIncoming(15)).toBe(1005);
    expect(map.toIncoming(9)).toBe(-1);
  });

  it('closes over a number left out, and still maps late ones from before it', () => {
    const map = new SequenceMap();
    map.start(1000, 10, 0);
    map.skip(1005);
    expect([1004, 1005, 1006].map((incoming) => map.toOutgoing(incoming))).toEqual([14, -1, 15]);
    expect([14, 15, 16].map((outgoing) => map.toIncoming(outgoing))).toEqual([1004, 1006, 1007]);
  });

  it('leaves out what came during a pause', () => {
    const map = new SequenceMap();
    map.start(1000, 10, 0);
    map.start(2000, 15, 1005);
    expect([1004, 1500, 2000].map((incoming) => map.toOutgoing(incoming))).toEqual([14, -1, 15]);
    expect(map.toIncoming(14)).toBe(1004);
    expect(map.toIncoming(15)).toBe(2000);
  });

  it('forgets shifts older than it has room for, and never maps them wrongly', () => {
    const map = new SequenceMap();
    map.start(0, 0, 0);
    for (let i = 1; i <= 100; i++) map.skip(i * 10);
    expect(map.toOutgoing(1001)).toBe(901);
    expect(map.toOutgoing(5)).toBe(-1);
    for (let outgoing = 0; outgoing < 950; outgoing++) {
      const incoming = map.toIncoming(outgoing);
      if (incoming >= 0) expect(map.toOutgoing(incoming)).toBe(outgoing);
    }
  });
});
