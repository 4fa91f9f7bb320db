import { expect, it } from 'vitest';
import { clientOf } from './client.js';

it.each([
  ['198.51.100.7', undefined, '198.51.100.7'],
  ['198.51.100.7', '127.0.0.1', '198.51.100.7'],
  ['127.0.0.1', undefined, '127.0.0.1'],
  ['127.0.0.1', '198.51.100.7', undefined],
  ['::ffff:127.0.0.1', '127.0.0.1', undefined],
  ['::1', '127.0.0.1', undefined],
  ['::ffff:198.51.100.7', undefined, '198.51.100.7'],
])('a client at %s with X-Forwarded-For %s counts as one at %s', (ip, forwarded, expected) => {
  expect(clientOf({ ip, headers: { 'x-forwarded-for': forwarded } })).toBe(expected);
});
