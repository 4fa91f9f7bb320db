import { expect, it } from 'vitest';
import { tokenIn } from './mailed-token.js';

it.each([
  ['#token=abc_-9', 'abc_-9'],
  ['', undefined],
  ['#', undefined],
  ['#token=', undefined],
  ['#other=1', undefined],
])('%j has the token %s', (hash, token) => expect(tokenIn(hash)).toBe(token));
