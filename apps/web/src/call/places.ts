import { fitTiles } from '@waterbus/react';

/**
 * Tiles at a time in a grid of this size in CSS pixels: as many as keep the size below which faces
 * are not recognized. Phones show eight anyway, smaller ones.
 */
export function placesIn(width: number, height: number): number {
  if (width < NARROW) return ON_PHONES;
  const fits = (count: number) => {
    const tile = fitTiles(count, width, height, WIDE, GAP);
    return tile.width >= LEAST_WIDTH;
  };
  return STEPS.find(fits) ?? STEPS.at(-1)!;
}

/** Beside a large picture they are decoration. */
export const PLACES_BESIDE = 6;

/** From so many others on, the automatic view shows the speaker large. */
export const SPEAKER_FROM = 16;

/** CSS pixels between tiles. */
const GAP = 10;
const NARROW = 600;
const ON_PHONES = 8;
/** Square grids: steps keep tiles at their places while a window is resized a little. */
const STEPS = [49, 36, 25, 16, 9, 6];
/** CSS pixels of a tile of 16:9, so that seven by seven fit into a window of 1920×1080. */
const LEAST_WIDTH = 200;
const WIDE = { narrowest: 16 / 9, widest: 16 / 9 };
