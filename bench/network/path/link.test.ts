import { describe, expect, it } from 'vitest';
import { Link, type LinkSpec, type Step } from './link.js';

interface Delivered {
  packet: number;
  at: number;
}

function linkOf(spec: LinkSpec, { steps = [], seed = 1 }: { steps?: Step[]; seed?: number } = {}) {
  const delivered: Delivered[] = [];
  const waits: number[] = [];
  const counts = { offered: 0, dropped: 0, lost: 0 };
  const link = new Link<number>(spec, {
    seed,
    steps,
    deliver: (packet, at) => delivered.push({ packet, at }),
    observer: {
      offered: () => {
        counts.offered += 1;
      },
      dropped: () => {
        counts.dropped += 1;
      },
      lost: () => {
        counts.lost += 1;
      },
      forwarded: (_, waited) => void waits.push(waited),
    },
  });
  return { link, delivered, waits, counts };
}

/** 1,250 bytes take 10 ms at 1 Mbit/s. */
const BYTES = 1250;

describe('Link', () => {
  it('delivers at once without any property', () => {
    const { link, delivered } = linkOf({});
    link.send(1, BYTES, 5);
    expect(delivered).toEqual([{ packet: 1, at: 5 }]);
    expect(link.nextEvent).toBe(Number.POSITIVE_INFINITY);
  });

  it('spaces packets by the rate, and delays them', () => {
    const { link, delivered, waits } = linkOf({ rate: 1_000_000, delay: 50 });
    for (let packet = 0; packet < 3; packet += 1) link.send(packet, BYTES, 0);
    link.advance(1000);
    expect(delivered).toEqual([
      { packet: 0, at: 60 },
      { packet: 1, at: 70 },
      { packet: 2, at: 80 },
    ]);
    expect(waits).toEqual([0, 10, 20]);
  });

  it('loses no capacity when it is advanced late', () => {
    const { link, delivered } = linkOf({ rate: 1_000_000 });
    for (let packet = 0; packet < 10; packet += 1) link.send(packet, BYTES, 0);
    link.advance(37);
    expect(delivered.map(({ at }) => at)).toEqual([10, 20, 30]);
    link.advance(100);
    expect(delivered.map(({ at }) => at)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it('drops at the tail a packet that would wait longer than the queue', () => {
    const { link, delivered, counts, waits } = linkOf({ rate: 1_000_000, queue: 100 });
    for (let packet = 0; packet < 50; packet += 1) link.send(packet, BYTES, 0);
    link.advance(1000);
    expect(delivered.map(({ packet }) => packet)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(counts).toEqual({ offered: 50, dropped: 40, lost: 0 });
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
  });

  it('accepts a packet larger than its queue when no other waits', () => {
    const { link, delivered } = linkOf({ rate: 100_000, queue: 10 });
    link.send(1, BYTES, 0);
    link.advance(100);
    expect(delivered).toEqual([{ packet: 1, at: 100 }]);
  });

  it('changes its rate within a packet', () => {
    const { link, delivered } = linkOf({ rate: 1_000_000 }, { steps: [{ at: 15, rate: 500_000 }] });
    link.begin(0);
    link.send(0, BYTES, 0);
    link.send(1, BYTES, 0);
    link.send(2, BYTES, 0);
    link.advance(100);
    // After 15 ms half of the second packet's bits remain, which take 10 ms now.
    expect(delivered.map(({ at }) => at)).toEqual([10, 25, 45]);
  });

  it('begins its schedule on request', () => {
    const { link, delivered } = linkOf({ rate: 1_000_000 }, { steps: [{ at: 0, rate: 2_000_000 }] });
    link.send(0, BYTES, 1000);
    link.advance(1010);
    link.begin(2000);
    link.send(1, BYTES, 2000);
    link.advance(3000);
    expect(delivered.map(({ at }) => at)).toEqual([1010, 2005]);
  });

  it('keeps the order of packets under jitter', () => {
    const { link, delivered } = linkOf({ delay: 50, jitter: 20 });
    for (let packet = 0; packet < 500; packet += 1) link.send(packet, BYTES, packet);
    link.advance(10_000);
    expect(delivered.map(({ packet }) => packet)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    const flights = delivered.map(({ packet, at }) => at - packet);
    expect(Math.min(...flights)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...flights)).toBeLessThanOrEqual(110);
    expect(new Set(flights).size).toBeGreaterThan(100);
  });

  it('gives the same run for the same seed, and another run for another seed', () => {
    const run = (seed: number) => {
      const { link, delivered } = linkOf({ loss: { share: 0.2 }, jitter: 5, delay: 20 }, { seed });
      for (let packet = 0; packet < 300; packet += 1) link.send(packet, BYTES, packet);
      link.advance(10_000);
      return delivered;
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it.each([
    { loss: { share: 0.05 }, burst: 1 / 0.95 },
    { loss: { share: 0.2, burst: 4 }, burst: 4 },
  ])('loses the share it is given, in runs of the length it is given: $loss', ({ loss, burst }) => {
    const { link, delivered, counts } = linkOf({ loss });
    const packets = 40_000;
    for (let packet = 0; packet < packets; packet += 1) link.send(packet, BYTES, packet);
    link.advance(packets);
    expect(counts.lost / packets).toBeCloseTo(loss.share, 1);
    expect(delivered.length).toBe(packets - counts.lost);
    const arrived = new Set(delivered.map(({ packet }) => packet));
    let runs = 0;
    for (let packet = 1; packet < packets; packet += 1) if (!arrived.has(packet) && arrived.has(packet - 1)) runs += 1;
    expect(Math.abs(counts.lost / runs - burst)).toBeLessThan(burst * 0.15);
  });
});
