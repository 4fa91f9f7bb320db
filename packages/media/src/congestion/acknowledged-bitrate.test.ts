import { describe, expect, it } from 'vitest';
import { AcknowledgedBitrate } from './acknowledged-bitrate.js';

/** A packet of 1,000 bytes each 8 ms is a megabit per second. */
function feed(rate: AcknowledgedBitrate, from: number, to: number, arrival = (sentAt: number) => sentAt + 20): void {
  for (let now = from; now < to; now += 8) rate.add({ sentAt: now, arrivedAt: arrival(now), size: 1000 }, false);
}

describe('AcknowledgedBitrate', () => {
  it('is unknown for half a second, then the arriving rate', () => {
    const rate = new AcknowledgedBitrate();
    feed(rate, 0, 400);
    expect(rate.bitsPerSecond).toBe(0);
    feed(rate, 400, 2000);
    expect(rate.bitsPerSecond / 1e6).toBeCloseTo(1, 1);
  });

  it('follows a path that becomes narrower', () => {
    const rate = new AcknowledgedBitrate();
    feed(rate, 0, 2000);
    feed(rate, 2000, 4000, (sentAt) => 2020 + (sentAt - 2000) * 3);
    expect(rate.bitsPerSecond / 1e6).toBeLessThan(0.45);
  });

  it('does not mistake a pause for a narrow path', () => {
    const rate = new AcknowledgedBitrate();
    feed(rate, 0, 2000);
    feed(rate, 10_000, 10_400);
    expect(rate.bitsPerSecond / 1e6).toBeCloseTo(1, 1);
  });

  it('is little above the sent rate, for any arrival times that a peer invents', () => {
    const rate = new AcknowledgedBitrate();
    feed(rate, 0, 10_000, (sentAt) => 20 + sentAt / 100);
    expect(rate.bitsPerSecond).toBeLessThan(1.4e6);
    const still = new AcknowledgedBitrate();
    feed(still, 0, 10_000, () => 20);
    expect(still.bitsPerSecond).toBeLessThan(1.4e6);
  });

  it('survives packets out of order', () => {
    const rate = new AcknowledgedBitrate();
    for (let i = 0; i < 500; i++) {
      const now = (i ^ 1) * 8;
      rate.add({ sentAt: now, arrivedAt: now + 20, size: 1000 }, false);
    }
    expect(rate.bitsPerSecond / 1e6).toBeCloseTo(1, 1);
  });
});

it('shows the recent rate at once, also after the application sent little', () => {
  const bitrate = new AcknowledgedBitrate();
  let now = 0;
  const send = (rate: number, milliseconds: number) => {
    for (const end = now + milliseconds; now < end; now += 10)
      bitrate.add({ sentAt: now, arrivedAt: now + 30, size: (rate * 10) / 8000 }, true);
  };
  send(100_000, 5000);
  expect(bitrate.recent / 100_000).toBeCloseTo(1, 0);
  send(1_500_000, 350);
  expect(bitrate.recent / 1_500_000).toBeCloseTo(1, 0);
  send(600_000, 500);
  expect(bitrate.recent / 600_000).toBeCloseTo(1, 0);
});
