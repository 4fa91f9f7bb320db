import { expect, it } from 'vitest';
import { isoOfMomentText } from './moment-text.js';

it.each([
  ['2026-11-29 17:31:25.123+00', '2026-11-29T17:31:25.123Z'],
  ['2026-11-29 17:31:25.12+00', '2026-11-29T17:31:25.120Z'],
  ['2026-11-29 17:31:25+00', '2026-11-29T17:31:25.000Z'],
  ['2026-11-29 17:31:25.123456+00', '2026-11-29T17:31:25.123Z'],
  ['2026-11-29 23:01:25.123+05:30', '2026-11-29T17:31:25.123Z'],
  ['2026-11-29 12:31:25.1-05', '2026-11-29T17:31:25.100Z'],
  ['2026-11-29 17:31:25+00:30', '2026-11-29T17:01:25.000Z'],
])('PostgreSQL writes %s for %s', (text, moment) => {
  expect(isoOfMomentText(text)).toBe(moment);
  expect(isoOfMomentText(text)).toBe(new Date(text).toISOString());
});
