import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { release } from './release.js';

let now = 0;
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** To end the player of an element takes so many milliseconds. */
function elements(count: number, cost: number) {
  const ended: number[] = [];
  const all = Array.from({ length: count }, (_, index) => {
    let stream: object | null = { index };
    return {
      get srcObject() {
        return stream;
      },
      set srcObject(next) {
        now += cost;
        if (next === null) ended.push(index);
        stream = next;
      },
    } as unknown as HTMLMediaElement;
  });
  return { all, ended };
}

it('detaches many elements in several tasks, in their order', () => {
  const { all, ended } = elements(49, 2);
  for (const element of all) release(element);
  expect(ended).toEqual([]);
  vi.advanceTimersToNextTimer();
  expect(ended).toEqual([0, 1, 2, 3]);
  vi.runAllTimers();
  expect(ended).toEqual(all.map((_, index) => index));
});

it('leaves an element that plays another stream meanwhile', () => {
  const { all, ended } = elements(2, 0);
  for (const element of all) release(element);
  all[0]!.srcObject = {} as MediaStream;
  vi.runAllTimers();
  expect(ended).toEqual([1]);
  // One without a stream needs nothing.
  release(all[1]!);
  expect(vi.getTimerCount()).toBe(0);
});
