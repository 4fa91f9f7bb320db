import { describe, expect, it } from 'vitest';
import { ResendBudget } from './resend-budget.js';

const PACKET = 1000;

/**
 * Sends media at this many bytes a millisecond for a while, and requests a retransmission of
 * everything at once all the time.
 */
function spent(budget: ResendBudget, rate: number, from: number, to: number, sentBefore = 0): number {
  const before = budget.spent;
  let sent = sentBefore;
  for (let now = from; now < to; now++) {
    sent += rate;
    for (let i = 0; i < 10; i++) if (budget.take(PACKET, now, sent)) sent += PACKET;
  }
  return budget.spent - before;
}

describe('ResendBudget', () => {
  it('is a quarter of the media, whatever is requested', () => {
    // 2.5 Mbit/s are 312.5 bytes a millisecond; the bucket, full at first, adds to this.
    const bytes = spent(new ResendBudget(0), 312.5, 0, 20_000);
    expect(bytes / (312.5 * 20_000)).toBeGreaterThan(0.25);
    expect(bytes / (312.5 * 20_000)).toBeLessThan(0.31);
  });

  it('does not grow with retransmissions', () => {
    const bytes = spent(new ResendBudget(0), 0, 0, 10_000);
    expect(bytes).toBeLessThan(64 * 1024 + 12.5 * 10_000 + PACKET);
  });

  it('repairs an outage of half a second at once after a calm period, up to its bucket', () => {
    const budget = new ResendBudget(0);
    const sent = 312.5 * 60_000;
    let bytes = 0;
    while (budget.take(PACKET, 60_000, sent + bytes)) bytes += PACKET;
    expect(bytes).toBeGreaterThan(312.5 * 490);
    expect(bytes).toBeLessThan(312.5 * 510);
  });

  it('suffices for one stream of sound at 100 % loss', () => {
    // 64 kbit/s, every packet twice.
    const budget = new ResendBudget(0);
    let sent = 0;
    for (let now = 0; now < 60_000; now += 20) {
      sent += 160;
      expect(budget.take(160, now, sent)).toBe(true);
      sent += 160;
    }
  });
});

describe('ResendBudget of an estimated path', () => {
  it('is a quarter of the path’s rate, in any second', () => {
    const TARGET = 1_000_000;
    const budget = new ResendBudget(0);
    const repeats: { at: number; bytes: number }[] = [];
    let sent = 0;
    for (let now = 0; now < 20_000; now++) {
      sent += TARGET / 8000;
      // Calm periods, which save credit, and outages.
      if (now % 4000 < 2500) continue;
      for (let i = 0; i < 10; i++) {
        if (!budget.take(PACKET, now, sent, TARGET)) break;
        sent += PACKET;
        repeats.push({ at: now, bytes: PACKET });
      }
    }
    expect(repeats.length).toBeGreaterThan(5 * 31);
    for (const { at } of repeats) {
      const second = repeats.filter((repeat) => repeat.at >= at && repeat.at < at + 1000);
      expect(second.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual((0.25 * TARGET) / 8);
    }
  });

  it('starts anew after a calm period', () => {
    const budget = new ResendBudget(0);
    const spend = (now: number) => {
      let bytes = 0;
      while (budget.take(PACKET, now, 1e7 + budget.spent, 1_000_000)) bytes += PACKET;
      return bytes;
    };
    expect(spend(5000)).toBe(31_000);
    expect(spend(5500)).toBe(0);
    expect(spend(6050)).toBe(0);
    expect(spend(6100)).toBe(31_000);
    expect(spend(60_000)).toBe(31_000);
  });
});
