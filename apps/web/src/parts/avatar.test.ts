import { expect, it } from 'vitest';
import { hueOf, initialsOf } from './avatar.js';

it.each([
  ['Ada', 'A'],
  ['ada lovelace', 'AL'],
  ['  Ada  King  Lovelace ', 'AL'],
  ['Łukasz Żak', 'ŁŻ'],
  ['😀 smile', '😀S'],
  ['Ada (2)', 'A'],
  ['Ada Lovelace (Analytical Engines)', 'AL'],
  ['(2)', '('],
  ['', '?'],
])('initials of %j are %s', (name, initials) => expect(initialsOf(name)).toBe(initials));

it('gives a name one of the colours, always the same', () => {
  for (const name of ['Ada', 'Ben', 'Cleo', '', '陳']) {
    expect(hueOf(name)).toBe(hueOf(name));
    expect(hueOf(name)).toBeGreaterThanOrEqual(0);
    expect(hueOf(name)).toBeLessThan(6);
  }
});
