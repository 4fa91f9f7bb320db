import { describe, expect, it } from 'vitest';
import { InterArrival } from './inter-arrival.js';

function add(groups: InterArrival, sentAt: number, arrivedAt: number, now: number): boolean {
  return groups.add({ sentAt, arrivedAt }, now);
}

describe('InterArrival', () => {
  it('compares the last packets of groups that left five milliseconds apart', () => {
    const groups = new InterArrival();
    expect([
      add(groups, 0, 100, 200),
      add(groups, 1, 102, 200),
      add(groups, 5, 106, 200),
      add(groups, 33, 140, 240),
      add(groups, 34, 141, 240),
      add(groups, 66, 170, 270),
    ]).toEqual([false, false, false, false, false, true]);
    expect([groups.sendDelta, groups.arrivalDelta]).toEqual([29, 35]);
  });

  it('counts packets that a queue released together as one group', () => {
    const groups = new InterArrival();
    add(groups, 0, 100, 200);
    add(groups, 33, 180, 200);
    // Sent 10 ms apart, arrived 1 ms apart.
    expect(add(groups, 43, 181, 200)).toBe(false);
    expect(add(groups, 53, 182, 200)).toBe(false);
    expect(add(groups, 86, 220, 250)).toBe(true);
    expect([groups.sendDelta, groups.arrivalDelta]).toEqual([53, 82]);
  });

  it('skips packets that were sent before the group began', () => {
    const groups = new InterArrival();
    add(groups, 100, 200, 300);
    add(groups, 133, 233, 333);
    expect(add(groups, 50, 300, 400)).toBe(false);
    expect(add(groups, 166, 266, 366)).toBe(true);
    expect([groups.sendDelta, groups.arrivalDelta]).toEqual([33, 33]);
  });

  it('starts anew when the receiver’s clock jumps, or runs back', () => {
    const groups = new InterArrival();
    let completed = 0;
    for (let i = 0; i < 5; i++) if (add(groups, i * 33, i * 33 + 100, i * 33)) completed++;
    expect(completed).toBe(3);
    expect(add(groups, 165, 165 + 10_000, 165)).toBe(true);
    expect(add(groups, 198, 198 + 10_000, 198)).toBe(false);
    for (let i = 0; i < 3; i++) expect(add(groups, 231 + i * 33, 231 + i * 33, 231)).toBe(i === 2);
  });
});
