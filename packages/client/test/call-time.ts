import { afterEach, beforeEach, expect, vi } from 'vitest';
import { admitted } from './meeting.js';

/**
 * Setup for tests of calls: fake timers, none of which may be left, and a Server API that admits
 * all participants.
 */
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

/** Advances the timers by so many milliseconds, and settles pending promises. */
export const pass = (milliseconds = 0) => vi.advanceTimersByTimeAsync(milliseconds);

/** The client requests streams together with those that may follow within this time. */
export const gathered = () => pass(30);
