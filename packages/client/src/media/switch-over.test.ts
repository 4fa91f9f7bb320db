import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Receiver } from '../webrtc/device.js';
import { SwitchOver } from './switch-over.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function streams(count: number) {
  const seen = { looks: 0, switched: 0 };
  const receiver = (flows: boolean) =>
    ({
      flowing: () => {
        seen.looks += 1;
        return flows;
      },
      idleFor: () => 0,
    }) as unknown as Receiver;
  const on = { paused: () => false, onSwitch: () => void seen.switched++, onOver: () => {} };
  const overs = (flows: boolean) =>
    Array.from({ length: count }, () => new SwitchOver(receiver(true), receiver(flows), on));
  return { seen, overs };
}

it.each([1, 16, 100])('looks at most 320 times a second while %s streams change, and each one settles', (count) => {
  const { seen, overs } = streams(count);
  const stalled = overs(false);
  seen.looks = 0;
  vi.advanceTimersByTime(1_000);
  expect(seen.looks).toBeGreaterThanOrEqual(count);
  expect(seen.looks).toBeLessThanOrEqual(Math.max(20 * 16, count * 2));
  for (const one of stalled) one.stop();

  const flowing = overs(true);
  vi.advanceTimersByTime(500);
  expect(seen.switched).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect([seen.switched, flowing.some(({ waiting }) => waiting)]).toEqual([count, false]);
});

it('looks often again once others have changed or stopped', () => {
  const many = streams(100);
  for (const one of many.overs(false)) one.stop();
  const few = streams(2);
  few.overs(false);
  few.seen.looks = 0;
  vi.advanceTimersByTime(1_000);
  expect(few.seen.looks).toBe(2 * 20);
});
