import { expect, it } from 'vitest';
import { attentionTitle, newcomers } from './attention.js';

it.each([
  [0, 0, 'Weekly · Waterbus'],
  [6, 0, '(6) Weekly · Waterbus'],
  [2, 1, '(3) Weekly · Waterbus'],
  [120, 0, '(99+) Weekly · Waterbus'],
])('counts %i unread and %i waiting', (unread, waiting, title) => {
  expect(attentionTitle('Weekly', unread, waiting)).toBe(title);
});

it('finds those that have come, not those that were there or left', () => {
  expect(newcomers([{ id: 'a' }, { id: 'b' }], [{ id: 'b' }, { id: 'c' }])).toEqual(['c']);
});
