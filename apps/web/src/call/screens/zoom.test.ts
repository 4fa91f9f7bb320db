import { expect, it } from 'vitest';
import { keyZoom, moveBy, WHOLE, zoomAt } from './zoom.js';

it('keeps the point below the pointer', () => {
  const zoom = zoomAt(WHOLE, 2, 0.25, 0.75);
  expect(zoom).toEqual({ scale: 2, x: -0.25, y: -0.75 });
  // The picture's point 0.25 is at x + 0.25 × 2.
  expect(zoom.x + 0.25 * zoom.scale).toBe(0.25);
  expect(zoomAt(zoom, 0.5, 0.25, 0.75)).toEqual(WHOLE);
});

it('never shows beyond the picture, and ends at the whole and at six times', () => {
  expect(zoomAt(WHOLE, 0.1)).toEqual(WHOLE);
  expect(zoomAt(WHOLE, 100).scale).toBe(6);
  const zoom = zoomAt(WHOLE, 2);
  expect(moveBy(zoom, 5, -5)).toEqual({ scale: 2, x: 0, y: -1 });
  expect(moveBy(WHOLE, 0.3, 0.3)).toEqual(WHOLE);
  // Smaller again at a corner: the edges follow.
  expect(zoomAt(moveBy(zoom, -1, -1), 0.5, 0, 0)).toEqual(WHOLE);
});

it('knows its keys', () => {
  const zoom = keyZoom(keyZoom(WHOLE, '+')!, '=')!;
  expect(zoom.scale).toBeCloseTo(2.25);
  expect(keyZoom(zoom, 'ArrowRight')!.x).toBeCloseTo(zoom.x - 0.1);
  expect(keyZoom(zoom, '0')).toEqual(WHOLE);
  expect(keyZoom(zoom, 'x')).toBeUndefined();
});
