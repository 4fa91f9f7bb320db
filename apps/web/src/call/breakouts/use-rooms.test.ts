import { type Call, WaterbusError } from '@waterbus/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { goTo } from './use-rooms.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('goes to the room of the last wish alone when the connection is back', async () => {
  const asked: (string | null)[] = [];
  const listeners = new Set<(state: string) => void>();
  const call = {
    connection: 'reconnecting',
    breakoutId: 'one',
    moveTo: async (breakoutId: string | null) => {
      asked.push(breakoutId);
      if (call.connection !== 'connected') throw new WaterbusError('network.unreachable', 'cut');
    },
    on: (_: 'connection', listener: (state: string) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  await goTo(call as unknown as Call, 'two');
  await goTo(call as unknown as Call, null);
  expect(asked.splice(0)).toEqual(['two', null]);
  call.connection = 'connected';
  for (const listener of [...listeners]) listener('connected');
  expect(asked).toEqual([null]);
  expect(listeners.size).toBe(0);
});

it.each(['network.unreachable', 'server.unavailable', 'request.rate_limited'] as const)(
  'attempts the main room until the server serves it (%s)',
  async (code) => {
    let attempts = 0;
    const call = {
      connection: 'connected',
      breakoutId: 'one',
      moveTo: async () => {
        attempts += 1;
        if (attempts < 4) throw new WaterbusError(code, 'not now');
      },
    };
    await goTo(call as unknown as Call, null);
    expect(attempts).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts).toBe(4);
  },
);
