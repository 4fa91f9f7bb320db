import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enterWithToken } from '../../test/enter.js';
import { FakeServer } from '../../test/fake-server.js';
import { coded } from '../failures.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** `pinned`: as the answer to `join` names it. */
function serverWith(pinned?: string): { server: FakeServer; kept: unknown[] } {
  const server = new FakeServer();
  const kept: unknown[] = [];
  const { join } = server.handlers;
  server.overrides.join = async (...request) => ({
    ...((await join!(...request)) as object),
    ...(pinned && { pinned }),
  });
  server.overrides.pin = ({ participantId }) => void kept.push(participantId);
  return { server, kept };
}

it('a pin is kept by the server, and again for the participant that follows an expired one', async () => {
  const { server, kept } = serverWith();
  const call = await enterWithToken(server);
  expect(call.pinned).toBeUndefined();
  await call.pin('ada');
  server.overrides.resume = () => {
    throw coded('session.expired');
  };
  server.cut();
  server.change({ type: 'participant.left', participantId: 'me', reason: 'connection-lost' });
  server.me = 'me-again';
  await vi.advanceTimersByTimeAsync(2_000);
  expect([call.local.id, call.pinned]).toEqual(['me-again', 'ada']);
  await call.pin(undefined);
  expect([call.pinned, kept]).toEqual([undefined, ['ada', 'ada', null]]);
  await call.leave();
});

it('the pin of the former device is there from the start, and an older server refuses none', async () => {
  const { server } = serverWith('ada');
  const call = await enterWithToken(server);
  expect(call.pinned).toBe('ada');
  server.overrides.pin = () => {
    throw coded('request.invalid');
  };
  await call.pin('ben');
  expect(call.pinned).toBe('ben');
  await call.leave();
});
