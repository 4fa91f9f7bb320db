import { describe, expect, it } from 'vitest';
import { ResendBudget } from './resend-budget.js';

const PACKET = 1000;

/** Sends media at this many bytes a millisecond for a while, and asks for a repeat of everything at once all the time. */
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
  it('is a quarter of the media, whatever is asked for', () => {
    // 2.5 Mbit/s are 312.5 bytes a millisecond; the bucket that was full at first comes on top.
    const bytes = spent(new ResendBudget(0), 312.5, 0, 20_000);
    expect(bytes / (312.5 * 20_000)).toBeGreaterThan(0.25);
    expect(bytes / (312.5 * 20_000)).toBeLessThan(0.31);
  });

  it('is not fed by repeats', () => {
    const bytes = spent(new ResendBudget(0), 0, 0, 10_000);
    expect(bytes).toBeLessThan(64 * 1024 + 12.5 * 10_000 + PACKET);
  });

  it('repairs an outage of half a second at once after a calm while, and no more than its bucket', () => {
    const budget = new ResendBudget(0);
    const sent = 312.5 * 60_000;
    let bytes = 0;
    while (budget.take(PACKET, 60_000, sent + bytes)) bytes += PACKET;
    expect(bytes).toBeGreaterThan(312.5 * 490);
    expect(bytes).toBeLessThan(312.5 * 510);
  });

  it('leaves a stream of sound what 100 % loss takes', () => {
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
