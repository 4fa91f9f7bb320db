import { afterEach, beforeEach, expect, vi } from 'vitest';
import { admitted } from './meeting.js';

/** For a file of tests of calls: timers are turned by hand and none is left over, Server API lets everybody in. */
export function useCallTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('fetch', async () => Response.json(admitted));
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
}

/** Lets so many milliseconds pass, and what is under way settle. */
export const pass = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

/** What the room has told is asked for together with what may follow. */
export const gathered = () => pass(30);
