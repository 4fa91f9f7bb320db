import { describe, expect, it } from 'vitest';
import { RtcpWriter } from '../rtcp/writer.js';
import { TransportWideArrivals } from './arrivals.js';
import { FeedbackReader } from './feedback-reader.js';

/** All pending feedback, as packets. */
function feedback(arrivals: TransportWideArrivals, maxBytes = 1150): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (;;) {
    const writer = new RtcpWriter(new Uint8Array(2000));
    if (!arrivals.write(writer, 1, 2, maxBytes)) return packets;
    expect(writer.at).toBeLessThanOrEqual(maxBytes);
    packets.push(writer.bytes.slice(0, writer.at));
  }
}

function counted(packets: Uint8Array[]): { acknowledged: number; lost: number } {
  const reader = new FeedbackReader();
  const counts = { acknowledged: 0, lost: 0 };
  for (const packet of packets) {
    expect(reader.begin(packet, 12, packet.length - 12)).toBeUndefined();
    while (reader.next()) counts[reader.isReceived ? 'acknowledged' : 'lost']++;
  }
  return counts;
}

describe('TransportWideArrivals', () => {
  it('writes the packet of the draft: base, count, reference time, one run, one delta each', () => {
    const arrivals = new TransportWideArrivals();
    for (let i = 0; i < 3; i++) arrivals.arrive(0xffff + i, { arrivedAt: 6400 + i });
    const [packet] = feedback(arrivals);
    const view = new DataView(packet!.buffer);
    expect([packet![0], packet![1]]).toEqual([0x80 | 0x20 | 15, 205]);
    expect(view.getUint16(12)).toBe(0xffff);
    expect(view.getUint16(14)).toBe(3);
    expect(view.getUint16(16) * 256 + packet![18]!).toBe(100);
    expect(packet![19]).toBe(0);
    expect(view.getUint16(20)).toBe(0x2003);
    expect([...packet!.subarray(22, 25)]).toEqual([0, 4, 4]);
    expect(feedback(arrivals)).toEqual([]);
  });

  it('reports losses between arrivals, and keeps those after the last for later', () => {
    const arrivals = new TransportWideArrivals();
    for (const sequence of [1, 2, 5, 9]) arrivals.arrive(sequence, { arrivedAt: 1000 + sequence });
    expect(counted(feedback(arrivals))).toMatchObject({ acknowledged: 4, lost: 5 });
    arrivals.arrive(12, { arrivedAt: 1020 });
    expect(counted(feedback(arrivals))).toMatchObject({ acknowledged: 1, lost: 2 });
  });

  it('reports a late packet again, as received', () => {
    const arrivals = new TransportWideArrivals();
    for (const sequence of [1, 3]) arrivals.arrive(sequence, { arrivedAt: 1000 + sequence });
    feedback(arrivals);
    arrivals.arrive(2, { arrivedAt: 1010 });
    expect(counted(feedback(arrivals))).toMatchObject({ acknowledged: 2, lost: 0 });
    arrivals.arrive(2, { arrivedAt: 1011 });
    expect(feedback(arrivals)).toEqual([]);
  });

  it('splits where a delta does not fit, where a datagram ends, and after long silence', () => {
    const arrivals = new TransportWideArrivals();
    arrivals.arrive(1, { arrivedAt: 1000 });
    arrivals.arrive(2, { arrivedAt: 20_000 });
    expect(feedback(arrivals)).toHaveLength(2);
    for (let i = 3; i < 2003; i++) arrivals.arrive(i, { arrivedAt: 20_000 + i * 3 + (i % 2) * 200 });
    const packets = feedback(arrivals, 400);
    expect(packets.length).toBeGreaterThan(5);
    expect(counted(packets)).toMatchObject({ acknowledged: 2000, lost: 0 });
    arrivals.arrive(2003 + 4000, { arrivedAt: 40_000 });
    expect(counted(feedback(arrivals)).acknowledged).toBe(1);
  });

  it('fills a packet to its bound: deltas of two bytes, and chunks that hold seven statuses each', () => {
    const arrivals = new TransportWideArrivals();
    // Descending numbers make every delta negative, and an instant shared by two in fourteen ends
    // every run.
    for (let i = 0, time = 1000; i < 2000; i++) {
      if (i % 14 !== 0) time += 0.5;
      arrivals.arrive(10_000 - i, { arrivedAt: time });
    }
    const lengths = feedback(arrivals).map((packet) => packet.length);
    expect(Math.max(...lengths)).toBeGreaterThan(1140);
  });

  it('ignores a number whose slot belongs to a newer one', () => {
    const arrivals = new TransportWideArrivals();
    for (let i = 0; i <= 5000; i++) arrivals.arrive(i, { arrivedAt: 1000 + i / 100 });
    arrivals.arrive(5000 - 4096, { arrivedAt: 1051 });
    expect(counted(feedback(arrivals))).toMatchObject({ acknowledged: 4096, lost: 0 });
  });

  it('survives jumps beyond its window', () => {
    const arrivals = new TransportWideArrivals();
    let time = 1000;
    for (const sequence of [0, 30_000, 60_000, 10, 40_000, 5]) {
      arrivals.arrive(sequence, { arrivedAt: time++ });
      feedback(arrivals);
    }
  });
});
