import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { beInCall, type TabChannel, watchOtherTab } from './call-tabs.js';

/** The tabs of one browser; a tab does not receive its own messages. */
function browser() {
  const tabs = new Map<TabChannel, ((event: { data: unknown }) => void)[]>();
  return () => {
    const channel: TabChannel = {
      postMessage: (data) => {
        for (const [other, listeners] of [...tabs])
          if (other !== channel) for (const listener of listeners) listener({ data });
      },
      addEventListener: (_, listener) => tabs.get(channel)?.push(listener),
      close: () => void tabs.delete(channel),
    };
    tabs.set(channel, []);
    return channel;
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('knows the tab that is in the call, whichever was opened first', () => {
  const open = browser();
  const [early, late, other] = [vi.fn(), vi.fn(), vi.fn()];
  watchOtherTab('abc-defg-hjk', early, open);
  watchOtherTab('xyz-defg-hjk', other, open);
  const leave = beInCall('abc-defg-hjk', () => {}, open);
  watchOtherTab('abc-defg-hjk', late, open);
  expect(early).toHaveBeenLastCalledWith(true);
  expect(late).toHaveBeenLastCalledWith(true);
  leave();
  expect(early).toHaveBeenLastCalledWith(false);
  expect(other).not.toHaveBeenCalled();
});

it('moves the call: the other tab leaves first', async () => {
  const open = browser();
  const order: string[] = [];
  const leave = beInCall(
    'abc-defg-hjk',
    () => {
      order.push('leaves');
      leave();
    },
    open,
  );
  await watchOtherTab('abc-defg-hjk', () => {}, open).move();
  expect(order).toEqual(['leaves']);
});

it('does not wait for a tab that is frozen, and works without other tabs', async () => {
  const open = browser();
  beInCall('abc-defg-hjk', () => {}, open);
  const moved = vi.fn();
  void watchOtherTab('abc-defg-hjk', () => {}, open)
    .move()
    .then(moved);
  await vi.advanceTimersByTimeAsync(2_999);
  expect(moved).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(moved).toHaveBeenCalledTimes(1);
  expect(() =>
    beInCall(
      'abc-defg-hjk',
      () => {},
      () => undefined,
    )(),
  ).not.toThrow();
});
