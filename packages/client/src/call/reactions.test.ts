import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { enterWithToken } from '../../test/enter.js';
import { FakeServer } from '../../test/fake-server.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('sends reactions, and reports those it knows', async () => {
  const server = new FakeServer();
  const call = await enterWithToken(server);
  const seen: string[] = [];
  call.on('reaction', ({ participantId, emoji }) => seen.push(`${participantId} ${emoji}`));
  await call.react('🎉');
  expect(server.log).toContain('react');
  server.send('reactions', {
    reactions: [
      { participantId: 'ada', emoji: '👍' },
      // Of a later version.
      { participantId: 'ben', emoji: '🦄' },
      { participantId: 'me', emoji: '🎉' },
    ],
  });
  expect(seen).toEqual(['ada 👍', 'me 🎉']);
  await call.leave();
});
