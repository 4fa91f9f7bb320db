import { expect, it } from 'vitest';
import { formatsFor, languageFor } from './languages.js';

it('takes the first language of the browser that the app has', () => {
  expect(languageFor(['fr-CH', 'de-CH', 'en'])).toBe('de');
  expect(languageFor(['AR-eg', 'en'])).toBe('ar');
  expect(languageFor(['den', 'fr'])).toBe('en');
  expect(languageFor([])).toBe('en');
});

it('formats by the region of the browser only in the same language', () => {
  expect(formatsFor('en', ['de-AT', 'en-GB', 'en-US'])).toBe('en-GB');
  expect(formatsFor('de', ['en-US'])).toBe('de');
});
