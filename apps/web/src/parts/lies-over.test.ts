import { expect, it } from 'vitest';
import { liesOver } from './lies-over.js';

it.each([
  ['a small button below it', [100, 80, 36, 36], true],
  ['a long field that ends below it', [0, 80, 160, 40], true],
  ['a field that shows its middle', [120, 80, 600, 40], false],
  ['an element beside it', [500, 80, 36, 36], false],
  ['an element below the edge', [100, 200, 36, 36], false],
] as const)('%s', (_, box, expected) => {
  expect(liesOver(boxed([20, 60, 300, 80]), boxed(box))).toBe(expected);
});

function boxed([x, y, width, height]: readonly [number, number, number, number]) {
  const box = { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
  return { getBoundingClientRect: () => ({ ...box, toJSON: () => box }) };
}
