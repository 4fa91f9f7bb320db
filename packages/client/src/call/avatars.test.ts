import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enterWithToken } from '../../test/enter.js';
import { FakeServer, participant } from '../../test/fake-server.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('participants have the address of their picture, guests have none', async () => {
  const server = new FakeServer();
  const call = await enterWithToken(server);
  server.change({ type: 'participant.joined', participant: { ...participant('ada'), avatarId: '0b2c' } });
  server.change({ type: 'participant.joined', participant: participant('ben') });
  expect(call.participants.map(({ avatarUrl }) => avatarUrl)).toEqual(['/v1/avatars/0b2c', null]);
  expect(call.local.avatarUrl).toBeNull();
  await call.leave();
});
