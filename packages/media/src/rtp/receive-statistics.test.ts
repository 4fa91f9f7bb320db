import { describe, expect, it } from 'vitest';
import { Arrival, ReceiveStatistics } from './receive-statistics.js';

function arriving(...sequenceNumbers: number[]): { statistics: ReceiveStatistics; arrivals: number[] } {
  const statistics = new ReceiveStatistics(90_000);
  return { statistics, arrivals: sequenceNumbers.map((sequence) => statistics.arrive(sequence, 100)) };
}

describe('ReceiveStatistics', () => {
  it('counts over a wrap', () => {
    const { statistics } = arriving(65_534, 65_535, 0, 2);
    expect(statistics.highest).toBe(0x10000 + 65_534 + 4);
    expect(statistics.lost).toBe(1);
    expect(statistics.bytes).toBe(400);
  });

  it('distinguishes late packets from new ones', () => {
    expect(arriving(10, 12, 11, 13).arrivals).toEqual([Arrival.Newest, Arrival.Newest, Arrival.Late, Arrival.Newest]);
  });

  it('doubts a jump until its successor confirms it (RFC 3550 appendix A.1)', () => {
    const { statistics, arrivals } = arriving(10, 20_000, 11, 20_000, 20_001);
    expect(arrivals).toEqual([
      Arrival.Newest,
      Arrival.Implausible,
      Arrival.Newest,
      Arrival.Implausible,
      Arrival.Restarted,
    ]);
    expect(statistics.lost).toBe(0);
    expect(statistics.totalPackets).toBe(3);
  });

  it('reports repaired packets as lost, and lets them only fill gaps', () => {
    const { statistics } = arriving(10, 11, 14, 15);
    expect(statistics.arrive(12, 100, true)).toBe(Arrival.Late);
    expect([statistics.lost, statistics.totalPackets]).toEqual([2, 5]);
    statistics.retract(100, true);
    expect([statistics.lost, statistics.totalPackets]).toEqual([2, 4]);
    for (const old of [20_000, 20_001, 20_002]) expect(statistics.arrive(old, 100, true)).toBe(Arrival.Implausible);
    expect(statistics.highest & 0xffff).toBe(15);
    expect(new ReceiveStatistics(90_000).arrive(5, 100, true)).toBe(Arrival.Implausible);
  });

  it('does not accept a repaired packet as the successor that confirms a jump', () => {
    const { statistics } = arriving(10, 20_000);
    expect(statistics.arrive(20_001, 100, true)).toBe(Arrival.Implausible);
    expect(statistics.arrive(11, 100, true)).toBe(Arrival.Newest);
    expect(statistics.arrive(20_001, 100)).toBe(Arrival.Restarted);
  });

  it('answers the fraction lost since the last report', () => {
    const { statistics } = arriving(0, 1, 2, 4);
    expect(statistics.takeFractionLost()).toBe(Math.floor(256 / 5));
    statistics.arrive(5, 100);
    expect(statistics.takeFractionLost()).toBe(0);
    expect(statistics.takeFractionLost()).toBe(0);
  });

  it('measures jitter in timestamp units, also over a timestamp wrap', () => {
    const statistics = new ReceiveStatistics(90_000);
    let timestamp = 0x7fffffff - 10 * 3000;
    for (let i = 0; i < 200; i++) {
      statistics.measureJitter({ timestamp, arrivedAt: i * (1000 / 30) + (i % 2) * 2 });
      timestamp = (timestamp + 3000) | 0;
    }
    // Every arrival is 2 ms, 180 units, off from its neighbours.
    expect(statistics.jitter).toBeGreaterThan(170);
    expect(statistics.jitter).toBeLessThan(190);
  });
});
