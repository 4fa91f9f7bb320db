import { expect, it } from 'vitest';
import { renewed } from './renewed-page.js';

const pageOf = (letters: string, nextCursor: string | null = null) => ({ items: [...letters], nextCursor });
const keyOf = (letter: string) => letter;

it('a list whose first page is read again has new and moved items first, each once', () => {
  expect(renewed(pageOf('abcdef', 'f'), pageOf('xfa', 'a'), keyOf)).toEqual(pageOf('xfabcde', 'f'));
  expect(renewed(pageOf('abc', 'c'), pageOf('bac', 'c'), keyOf)).toEqual(pageOf('bac', 'c'));
  // Nothing follows: what is missing has gone.
  expect(renewed(pageOf('abcdef', 'f'), pageOf('ca'), keyOf)).toEqual(pageOf('ca'));
});
