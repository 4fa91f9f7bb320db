import { expect, it } from 'vitest';
import { middleSquare } from './square-picture.js';

it.each([
  [1200, 800, { left: 200, top: 0, side: 800 }],
  [801, 1200, { left: 0, top: 199, side: 801 }],
  [64, 64, { left: 0, top: 0, side: 64 }],
])('of %i × %i', (width, height, square) => expect(middleSquare(width, height)).toEqual(square));
