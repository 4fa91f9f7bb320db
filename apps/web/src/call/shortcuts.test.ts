import { expect, it } from 'vitest';
import { type KeyPress, shortcutOf } from './shortcuts.js';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  target: { tagName: 'BODY' },
  ...more,
});

it('knows its keys, also with caps lock on', () => {
  expect([press('c'), press('p')].map(shortcutOf)).toEqual(['chat', 'people']);
  expect(shortcutOf(press('m'))).toBe('microphone');
  expect(shortcutOf(press('V'))).toBe('camera');
  expect(shortcutOf(press('x'))).toBeUndefined();
  expect(shortcutOf(press('m', { target: null }))).toBe('microphone');
});

it.each([
  { ctrlKey: true },
  { metaKey: true },
  { altKey: true },
  { repeat: true },
  { target: { tagName: 'INPUT' } },
  { target: { tagName: 'TEXTAREA' } },
  { target: { tagName: 'SELECT' } },
  { target: { tagName: 'DIV', isContentEditable: true } },
])('ignores m with %j', (more) => {
  expect(shortcutOf(press('m', more))).toBeUndefined();
});
