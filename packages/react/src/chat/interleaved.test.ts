import type { Message, OwnPrivateMessage } from '@waterbus/client';
import { expect, test } from 'vitest';
import { interleaved } from './interleaved.js';

const at = (n: number) => new Date(n * 1000).toISOString();
const open = (n: number) => ({ id: `open ${n}`, createdAt: at(n) }) as Message;
const hidden = (n: number) => ({ id: `private ${n}`, createdAt: at(n), own: false }) as OwnPrivateMessage;
const ids = (...of: Parameters<typeof interleaved>) => interleaved(...of).map(({ message }) => message.id);

test('private messages stand between the others by their time', () => {
  const list = ids([open(2), open(4)], [hidden(1), hidden(3), hidden(4), hidden(5)], false);
  expect(list).toEqual(['private 1', 'open 2', 'private 3', 'open 4', 'private 4', 'private 5']);
  expect(ids([], [hidden(1)], false)).toEqual(['private 1']);
});

test('those from before the known messages wait until older ones are loaded', () => {
  expect(ids([open(2)], [hidden(1), hidden(3)], true)).toEqual(['open 2', 'private 3']);
});
