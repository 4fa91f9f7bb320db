import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enterWithToken } from '../../test/enter.js';
import { FakeServer } from '../../test/fake-server.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('knows the active speakers, emits each change, and clears them with the connection', async () => {
  const server = new FakeServer();
  const call = await enterWithToken(server);
  const changes: string[][] = [];
  call.on('activeSpeakers', (speakers) => changes.push(speakers.map(({ participantId }) => participantId)));
  expect(call.activeSpeakers).toEqual([]);
  const before = call.activeSpeakers;
  server.send('activeSpeakers', { speakers: [{ participantId: 'ada', level: -30 }] });
  expect(call.activeSpeakers).toEqual([{ participantId: 'ada', level: -30 }]);
  expect(call.activeSpeakers).not.toBe(before);
  server.cut();
  await vi.advanceTimersByTimeAsync(2000);
  expect(call.connection).toBe('connected');
  expect(changes).toEqual([['ada'], []]);
  await call.leave();
});
