import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../test/simulation/random.js';
import { RtcpWriter } from '../rtcp/writer.js';
import { TransportWideArrivals } from './arrivals.js';
import { FeedbackReader } from './feedback-reader.js';

/** Base, count, a reference time of 2 * 64 ms, and the rest. */
function packet(count: number, ...rest: number[]): Uint8Array {
  return Uint8Array.from([0xff, 0xfe, count >> 8, count & 0xff, 0, 0, 2, 9, ...rest]);
}

function read(bytes: Uint8Array): [number, number | undefined][] {
  const reader = new FeedbackReader();
  expect(reader.begin(bytes, 0, bytes.length)).toBeUndefined();
  expect([reader.base, reader.count, reader.reference]).toEqual([0xfffe, (bytes[2]! << 8) | bytes[3]!, 2]);
  const packets: [number, number | undefined][] = [];
  while (reader.next()) packets.push([reader.index, reader.isReceived ? reader.ticks : undefined]);
  return packets;
}

describe('FeedbackReader', () => {
  it('reads a run', () => {
    expect(read(packet(3, 0x20, 3, 4, 0, 255))).toEqual([
      [0, 4],
      [1, 4],
      [2, 259],
    ]);
  });

  it('reads a vector of one bit, and ignores its bits beyond the count', () => {
    expect(read(packet(3, 0x80 | 0x28, 0xff, 1, 2))).toEqual([
      [0, 1],
      [1, undefined],
      [2, 3],
    ]);
  });

  it('reads a vector of two bits, with times that go back', () => {
    // Large, none, small.
    expect(read(packet(3, 0xc0 | 0b10_0001, 0, 0xff, 0xfe, 7))).toEqual([
      [0, -2],
      [1, undefined],
      [2, 5],
    ]);
  });

  it('reads 250 microseconds as one tick: no whole milliseconds', () => {
    expect(read(packet(2, 0x20, 2, 1, 1))[1]).toEqual([1, 2]);
  });

  it.each([
    ['nothing', packet(0).subarray(0, 7), 'too-short'],
    ['no packet', packet(0), 'bad-count'],
    ['no chunk', packet(1), 'too-short'],
    ['half a chunk', packet(1, 0x20), 'too-short'],
    ['a run of none', packet(1, 0x20, 0), 'bad-chunk'],
    ['a reserved status', packet(1, 0x60, 1, 0), 'bad-chunk'],
    ['too few chunks', packet(20, 0x20, 3, 1, 1, 1), 'too-short'],
    ['too few deltas', packet(3, 0x20, 3, 1, 1), 'too-short'],
    ['half a delta', packet(1, 0x40, 1, 1), 'too-short'],
    ['more packets than anybody sends', packet(0xffff, 0x1f, 0xff, 0x1f, 0xff), 'bad-count'],
  ])('refuses %s', (_what, bytes, refusal) => {
    expect(new FeedbackReader().begin(bytes, 0, bytes.length)).toBe(refusal);
  });

  it.each([1, 2, 3])('reads the engine’s own feedback to publishers (seed %i)', (seed) => {
    const random = new SeededRandom(seed);
    const arrivals = new TransportWideArrivals();
    const times = new Map<number, number>();
    let time = 5000;
    for (let number = 1; number < 400; number++) {
      time += random.next() * 20;
      if (number > 1 && random.next() < 0.3) continue;
      const at = time - random.next() * 10;
      times.set(number, at);
      arrivals.arrive(number, { arrivedAt: at });
    }
    const reader = new FeedbackReader();
    const read = new Map<number, number>();
    for (;;) {
      const writer = new RtcpWriter(new Uint8Array(2000));
      if (!arrivals.write(writer, 1, 2, 1150)) break;
      expect(reader.begin(writer.bytes, 12, writer.at - 12)).toBeUndefined();
      while (reader.next()) {
        if (reader.isReceived) read.set(reader.base + reader.index, reader.reference * 64 + reader.ticks / 4);
      }
    }
    expect([...read.keys()]).toEqual([...times.keys()]);
    for (const [number, at] of read) expect(Math.abs(at - times.get(number)!)).toBeLessThanOrEqual(0.126);
  });
});
