import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unreachable } from '../failures.js';
import type { Requester } from '../signalling/session.js';
import { CallIceServers } from './ice-servers.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const HOUR = 3_600_000;
const servers = (username: string) => [{ urls: ['turns:meet.example.org'], username, credential: 'secret' }];

function call(answers: (() => Promise<unknown>)[]) {
  const request = vi.fn(() => answers.shift()!());
  const ice = new CallIceServers(() => ({ request }) as unknown as Requester);
  ice.received(servers('first'));
  return { ice, request };
}

describe('the ICE servers of a call', () => {
  it('are renewed twice a day, for as long as it lasts', async () => {
    const { ice, request } = call([
      async () => ({ iceServers: servers('second') }),
      async () => ({ iceServers: servers('third') }),
    ]);
    await vi.advanceTimersByTimeAsync(11 * HOUR);
    expect(ice.present).toEqual(servers('first'));
    await vi.advanceTimersByTimeAsync(2 * HOUR);
    expect(ice.present).toEqual(servers('second'));
    await vi.advanceTimersByTimeAsync(12 * HOUR);
    expect(ice.present).toEqual(servers('third'));
    ice.stop();
    await vi.advanceTimersByTimeAsync(48 * HOUR);
    expect(request).toHaveBeenCalledTimes(2);
  });

  it('are requested again while the servers do not answer', async () => {
    const { ice } = call([
      () => Promise.reject(unreachable('no answer')),
      () => Promise.reject(unreachable('no answer')),
      async () => ({ iceServers: servers('second') }),
    ]);
    await vi.advanceTimersByTimeAsync(12 * HOUR + 150_000);
    expect(ice.present).toEqual(servers('second'));
    ice.stop();
  });

  it('count from the last resume', async () => {
    const { ice, request } = call([]);
    await vi.advanceTimersByTimeAsync(11 * HOUR);
    ice.received(servers('resumed'));
    await vi.advanceTimersByTimeAsync(11 * HOUR);
    expect([ice.present, request.mock.calls.length]).toEqual([servers('resumed'), 0]);
    ice.stop();
  });
});
