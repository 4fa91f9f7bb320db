import { expect, it } from 'vitest';
import { placesIn } from './places.js';

it.each([
  ['a window of 1920×1080', 1896, 930, 49],
  ['the same beside the chat', 1536, 930, 49],
  ['a window of 1440×900', 1416, 750, 36],
  ['a window of 1280×800', 1256, 650, 25],
  ['a window of 1280×720', 1256, 570, 16],
  ['a tablet, upright', 744, 870, 16],
  ['a phone', 366, 640, 8],
  ['a phone on its side', 820, 260, 6],
  ['a page without a size yet', 0, 0, 8],
])('%s: %i × %i show %i', (_, width, height, places) => {
  expect(placesIn(width, height)).toBe(places);
});
