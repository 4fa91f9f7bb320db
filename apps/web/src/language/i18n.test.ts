import { compileMessage } from '@lingui/message-utils/compileMessage';
import { expect, it } from 'vitest';
import { i18n, type Text } from './i18n.js';

it.each([
  [0, 'لا أحد'],
  [1, 'شخص واحد'],
  [2, 'شخصان'],
  [5, '5 أشخاص'],
  [11, '11 شخصًا'],
  [100, '100 شخص'],
])('takes the Arabic form for %d', (count, expected) => {
  const forms = 'zero {لا أحد} one {شخص واحد} two {شخصان} few {# أشخاص} many {# شخصًا} other {# شخص}';
  i18n.load('ar', { people: compileMessage(`{count, plural, ${forms}}`) as Text });
  i18n.activate('ar', 'ar-u-nu-latn');
  expect(i18n._('people', { count })).toBe(expected);
  i18n.activate('en', 'en');
});

it('isolates Latin names and numbers inside Arabic', () => {
  i18n.load('ar', { left: ['غادر ', ['name']] });
  i18n.activate('ar', 'ar');
  expect(i18n._('left', { name: 'Ada (2)' })).toBe('غادر \u2068Ada (2)\u2069');
  expect(i18n._('left', { name: 'ليلى' })).toBe('غادر ليلى');
  i18n.activate('en', 'en');
});

it('writes names, numbers, exact cases and selections', () => {
  const text = (message: string, values: Record<string, unknown>) => i18n._({ id: '', message, values });
  expect(text('{name} wrote {count} lines', { name: 'Ada #1', count: '12,345' })).toBe('Ada #1 wrote 12,345 lines');
  expect(text('{n, plural, =0 {none} one {# file of {name}} other {# files}}', { n: 1, name: 'Ben' })).toBe(
    '1 file of Ben',
  );
  expect(text('{n, plural, =0 {none} one {one} other {# files}}', { n: 0 })).toBe('none');
  expect(text('{n, plural, offset:1 =0 {nobody} one {you and # other} other {you and # others}}', { n: 2 })).toBe(
    'you and 1 other',
  );
  expect(text('{kind, select, day {daily} other {weekly}}', { kind: 'day' })).toBe('daily');
  expect(text('{n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}', { n: 22 })).toBe('22nd');
  expect(text('{n, plural, one {# port} other {# ports}} from {port}', { n: 1200, port: 40000 })).toBe(
    '1,200 ports from 40000',
  );
});

it('takes another text after the language', () => {
  i18n.load('de', { greeting: ['Hallo ', ['name']] });
  let changes = 0;
  const stop = i18n.subscribe(() => {
    changes += 1;
  });
  i18n.activate('de', 'de');
  expect(i18n._({ id: 'greeting', message: 'Hello {name}', values: { name: 'Ada' } })).toBe('Hallo Ada');
  expect(i18n._({ id: 'other', message: 'Hello {name}', values: { name: 'Ada' } })).toBe('Hello Ada');
  i18n.activate('en', 'en');
  stop();
  i18n.activate('en', 'en');
  expect(changes).toBe(2);
});
