import { expect, it } from 'vitest';
import { centreOn, keyZoom, moveBy, WHOLE, zoomAt } from './zoom.js';

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

it('brings a point into the middle, as far as the picture reaches', () => {
  const zoom = zoomAt(WHOLE, 4);
  expect(centreOn(zoom, 0.5, 0.5)).toEqual(zoom);
  expect(centreOn(zoom, 0.75, 0.25)).toEqual({ scale: 4, x: zoom.x - 0.25, y: zoom.y + 0.25 });
  expect(centreOn(zoomAt(WHOLE, 1.2), 1, 1)).toMatchObject({ x: expect.closeTo(-0.2), y: expect.closeTo(-0.2) });
  expect(centreOn(WHOLE, 0.1, 0.9)).toEqual(WHOLE);
});

it('knows its keys', () => {
  const zoom = keyZoom(keyZoom(WHOLE, '+')!, '=')!;
  expect(zoom.scale).toBeCloseTo(2.25);
  expect(keyZoom(zoom, 'ArrowRight')!.x).toBeCloseTo(zoom.x - 0.1);
  expect(keyZoom(zoom, '0')).toEqual(WHOLE);
  expect(keyZoom(zoom, 'x')).toBeUndefined();
});
