import type { Message } from '@waterbus/client';
import { Conversation } from '@waterbus/react';
import { expect, it, vi } from 'vitest';
import { chatOutside } from './outside.js';

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  id: `message-${seq}`,
  seq,
  clientId: `client-${seq}`,
  author: { userId: 'user-ben', participantId: null, name: 'Ben', avatarUrl: null },
  text: `Text ${seq}`,
  createdAt: '2030-01-01T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
  ...more,
});

it('outside of the call, messages with edits and reactions arrive while the page is visible', async () => {
  let stored = [message(1)];
  const marked: number[] = [];
  let look = () => {};
  const stop = vi.fn();
  const chat = {
    list: async () => ({ items: [...stored].reverse(), more: false, lastSeq: stored.length }),
    markRead: async (seq: number) => void marked.push(seq),
  };
  const read = async () => ({ membership: { role: 'member', state: 'joined', unread: 1, lastReadSeq: 0 } });
  const call = chatOutside(
    { code: 'abc-defg-hjk', chat, read } as never,
    { role: 'member', userId: 'user-ada' },
    {
      whileVisible: (act) => {
        look = act;
        return stop;
      },
    },
  );
  const conversation = new Conversation(call);
  const close = conversation.open();
  await conversation.read();
  expect(conversation.state.unread.map(({ seq }) => seq)).toEqual([1]);

  const reactions = { version: 1, list: [{ emoji: '👍', count: 1, by: [] }] };
  const mentions = [{ userId: 'user-ada', participantId: null, name: 'Ada' }];
  stored = [message(1, { text: 'Better', editedAt: '2030-01-01T12:01:00.000Z', reactions }), message(2, { mentions })];
  look();
  await conversation.read();
  const { messages } = conversation.state;
  expect(messages.map(({ text }) => text)).toEqual(['Better', 'Text 2']);
  expect(messages[0]?.reactions).toEqual(reactions);
  expect(messages.map(conversation.mentionsMe)).toEqual([false, true]);
  expect(conversation.isOwn(message(3, { author: { ...message(3).author, userId: 'user-ada' } }))).toBe(true);
  conversation.markRead();
  expect(marked).toEqual([2]);
  close();
  expect(stop).toHaveBeenCalledTimes(1);
});
