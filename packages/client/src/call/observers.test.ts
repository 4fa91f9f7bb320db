import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enterWithToken } from '../../test/enter.js';
import { FakeServer } from '../../test/fake-server.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

async function enter(server = new FakeServer()) {
  const call = await enterWithToken(server);
  const counts: number[] = [];
  call.on('observers', (count) => counts.push(count));
  return { server, call, counts };
}

it('counts the observers, by events and by a snapshot, and not as participants', async () => {
  const { server, call, counts } = await enter();
  expect(call.observers).toBe(0);
  server.change({ type: 'observer.joined', participantId: 'eve' });
  await settle();
  expect([call.observers, call.participants.length]).toEqual([1, 0]);
  // Missed, and found in the snapshot that the gap requests.
  server.change({ type: 'observer.joined', participantId: 'mallory' }, false);
  server.change({ type: 'participant.left', participantId: 'eve', reason: 'left' });
  await settle();
  expect(call.observers).toBe(1);
  server.change({ type: 'participant.left', participantId: 'mallory', reason: 'left' });
  await settle();
  expect(call.observers).toBe(0);
  expect(counts.at(0)).toBe(1);
  expect(counts.at(-1)).toBe(0);
  await call.leave();
});

it('does not count itself', async () => {
  const { server, call, counts } = await enter();
  server.room = { ...server.room, participants: [] };
  server.change({ type: 'observer.joined', participantId: server.me });
  await settle();
  expect([call.observers, counts]).toEqual([0, []]);
  await call.leave();
});
