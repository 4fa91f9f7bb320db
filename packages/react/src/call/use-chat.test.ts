import type { Message } from '@waterbus/client';
import { expect, it } from 'vitest';
import { merged } from './use-chat.js';

const message = (seq: number, more: Partial<Message> = {}) =>
  ({
    ...{ id: `m${seq}`, seq, clientId: `c${seq}`, text: `Text ${seq}`, editedAt: null, deletedAt: null },
    ...{ createdAt: '2030-01-01T12:00:00.000Z', author: { userId: null, participantId: 'ben', name: 'Ben' } },
    ...more,
  }) as Message;

it('keeps each message once, in its order, in the latest state', () => {
  const edited = message(2, { text: 'Edited', editedAt: '2030-01-01T12:01:00.000Z' });
  const deleted = message(1, { text: '', deletedAt: '2030-01-01T12:00:30.000Z' });
  const again = message(1, { text: 'Late', editedAt: '2030-01-01T12:05:00.000Z' });
  const all = [[message(3), message(1)], [edited], [message(2)], [deleted], [again]];
  const result = all.reduce<readonly Message[]>((known, items) => merged(known, items), []);
  expect(result.map(({ seq, text }) => [seq, text])).toEqual([
    [1, ''],
    [2, 'Edited'],
    [3, 'Text 3'],
  ]);
});
