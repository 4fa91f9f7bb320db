import { expect, test } from 'vitest';
import { restartDelay } from './restart-delay.js';

test('R11: the first crash causes a restart at once, further ones later and later, up to half a minute', () => {
  expect([1, 2, 3, 4, 20].map(restartDelay)).toEqual([0, 500, 1000, 2000, 30_000]);
});
