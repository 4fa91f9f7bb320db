import { describe, expect, it } from 'vitest';
import { StandingQueue } from './standing-queue.js';

/** Sends a packet each 10 ms with the delay `delay`; answers when there was something to drain. */
function feed(queue: StandingQueue, from: number, to: number, delay: (now: number) => number): number[] {
  const drains: number[] = [];
  for (let now = from; now < to; now += 10) {
    queue.add({ sentAt: now, arrivedAt: now + 500_000 + delay(now) });
    if (now % 50 === 0 && queue.isToDrain(now)) drains.push(now);
  }
  return drains;
}

describe('StandingQueue', () => {
  it('is none where packets wait only in bursts', () => {
    expect(feed(new StandingQueue(), 0, 20_000, (now) => (now % 100 < 80 ? 300 : 5))).toEqual([]);
  });

  it('is one that delays every packet, though it does not grow', () => {
    const queue = new StandingQueue();
    expect(feed(queue, 0, 1000, () => 0)).toEqual([]);
    const drains = feed(queue, 1000, 3000, () => 200);
    expect(drains.length).toBeGreaterThan(20);
    expect(queue.delay).toBe(200);
    expect(feed(queue, 3000, 5000, () => 10).filter((now) => now > 3400)).toEqual([]);
  });

  it('is left to others where a lower rate does not shorten it', () => {
    const queue = new StandingQueue();
    feed(queue, 0, 1000, () => 0);
    const drains = feed(queue, 1000, 30_000, () => 200);
    expect(drains.at(-1)).toBeLessThan(3500);
  });

  it('is given up once, when a lower rate did not shorten it', () => {
    const queue = new StandingQueue();
    const given: number[] = [];
    for (let now = 0; now < 10_000; now += 10) {
      queue.add({ sentAt: now, arrivedAt: now + (now < 1000 ? 20 : 100) });
      queue.isToDrain(now);
      if (queue.hasGivenUp) given.push(now);
    }
    expect(given).toHaveLength(1);
    expect(given[0]).toBeGreaterThan(3000);
    expect(given[0]).toBeLessThan(3500);
  });

  it('is drained further while that helps', () => {
    const queue = new StandingQueue();
    feed(queue, 0, 1000, () => 0);
    const drains = feed(queue, 1000, 8000, (now) => 1000 - (now - 1000) / 7);
    expect(drains.at(-1)).toBeGreaterThan(7000);
  });
});
