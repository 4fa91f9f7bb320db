import { expect, it } from 'vitest';
import { known, languageOf } from './language.js';

const of = (header?: string) => languageOf({ headers: header === undefined ? {} : { 'accept-language': header } });

it.each([
  ['de', 'de'],
  ['de-AT, en;q=0.5', 'de'],
  ['fr-FR,fr;q=0.9,en;q=0.1,ar;q=0.5', 'ar'],
  ['en;q=0, AR-eg;q=0.1', 'ar'],
  ['*', undefined],
  ['fr', undefined],
  ['', undefined],
  [undefined, undefined],
  [';;q=x,de;q=high,,', undefined],
])('%j is %j', (header, language) => {
  expect(of(header)).toBe(language);
});

it('reads a stored tag of another version', () => {
  expect([known('de-CH'), known('pt'), known(null)]).toEqual(['de', undefined, undefined]);
});
