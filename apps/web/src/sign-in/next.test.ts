import { expect, it } from 'vitest';
import { nextIn, withNext } from './next.js';

it.each([
  ['', '/'],
  ['?next=/account', '/account'],
  ['?next=/invitation', '/invitation'],
  ['?next=/admin/users', '/admin/users'],
  ['?next=/m/abc-defg-hjk', '/m/abc-defg-hjk'],
  ['?next=/m/ABC-DEFG-HJK/', '/m/abc-defg-hjk'],
  ['?next=/sign-in', '/'],
  ['?next=/signed-in', '/'],
  ['?next=//evil.example', '/'],
  ['?next=/%5Cevil.example', '/'],
  ['?next=https://evil.example/m/abc-defg-hjk', '/'],
  ['?next=javascript:alert(1)', '/'],
  ['?next=/m/abc-defg-hjk%2F..%2F..', '/'],
])('%s leads to %s', (search, next) => expect(nextIn(search)).toBe(next));

it('parses the address that it builds', () => {
  expect(withNext('/sign-in', '/')).toBe('/sign-in');
  expect(nextIn(new URL(withNext('/sign-in', '/m/abc-defg-hjk'), 'https://x').search)).toBe('/m/abc-defg-hjk');
});
