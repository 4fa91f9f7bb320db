import type { Message, OwnPrivateMessage } from '@waterbus/client';
import { expect, test } from 'vitest';
import { type KnownMessages, listedMessages } from './listed-messages.js';

const DAY = 86_400;
const at = (n: number) => new Date(2030, 0, 1, 12, 0, n).toISOString();
const open = (n: number, more: Partial<Message> = {}) =>
  ({ id: `open ${n}`, seq: n, createdAt: at(n), author: { name: 'Ben' }, ...more }) as Message;
const hidden = (n: number) => ({ id: `private ${n}`, createdAt: at(n), own: false }) as OwnPrivateMessage;
const listed = (messages: Message[], privates: OwnPrivateMessage[] = [], more: Partial<KnownMessages> = {}) =>
  listedMessages(
    { messages, privates, hasOlder: false, unreadSince: undefined, isOwn: () => false, ...more },
    new Date(at(0)),
  );
const ids = (...of: Parameters<typeof listed>) => listed(...of).map(({ message }) => message.id);

test('private messages stand between the others by their time', () => {
  const list = ids([open(2), open(4)], [hidden(1), hidden(3), hidden(4), hidden(5)]);
  expect(list).toEqual(['private 1', 'open 2', 'private 3', 'open 4', 'private 4', 'private 5']);
  expect(ids([], [hidden(1)])).toEqual(['private 1']);
});

test('those from before the known messages wait until older ones are loaded', () => {
  expect(ids([open(2)], [hidden(1), hidden(3)], { hasOlder: true })).toEqual(['open 2', 'private 3']);
});

test('a message follows one of its author, but no private one, no late one, and no first of a day or unread one', () => {
  const list = listed(
    [
      open(1),
      open(2),
      open(3, { author: { name: 'Cleo' } as Message['author'] }),
      open(200),
      open(201),
      open(203),
      open(DAY),
    ],
    [hidden(202)],
    { unreadSince: 201 },
  );
  const marks = list.map((one) => [one.newDay && 'day', one.firstUnread && 'unread', one.follows && 'follows']);
  expect(marks.map((of) => of.filter(Boolean).join())).toEqual(['', 'follows', '', '', 'unread', '', '', 'day']);
});

test('the first message has its day unless that is today, and an answer knows what it answers', () => {
  const [first, answer] = listed([open(DAY), open(DAY + 1, { replyTo: DAY })]);
  expect([first?.newDay, answer?.newDay]).toEqual([true, false]);
  expect(answer).toMatchObject({ isPrivate: false, answered: { seq: DAY } });
});
