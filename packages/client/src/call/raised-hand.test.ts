import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enterWithToken } from '../../test/enter.js';
import { FakeServer } from '../../test/fake-server.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('raises and lowers the own hand, shows those of others, and finds changes it missed', async () => {
  const server = new FakeServer();
  server.join('ada');
  const call = await enterWithToken(server);
  const updates: (number | undefined)[] = [];
  call.on('participant.updated', ({ handRaisedAt }) => updates.push(handRaisedAt));
  server.change({ type: 'participant.updated', participantId: 'ada', handRaisedAt: 1000 });
  expect(call.participants[0]?.handRaisedAt).toBe(1000);
  // The event is lost: the next snapshot shows it.
  server.change({ type: 'participant.updated', participantId: 'ada', handRaisedAt: 0 }, false);
  server.cut();
  await vi.advanceTimersByTimeAsync(2000);
  expect(updates).toEqual([1000, undefined]);

  server.handlers['hand.raise'] = () =>
    server.change({ type: 'participant.updated', participantId: server.me, handRaisedAt: 2000 });
  await call.raiseHand();
  expect(call.local.handRaisedAt).toBe(2000);
  await call.lowerHand();
  await call.moderation.lowerHands(Array.from({ length: 130 }, (_, index) => `p${index}`));
  expect(server.log.filter((entry) => entry.startsWith('hand.lower'))).toHaveLength(3);
  await call.leave();
});
