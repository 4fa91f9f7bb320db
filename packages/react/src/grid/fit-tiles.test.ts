import { describe, expect, it } from 'vitest';
import { fitTiles } from './fit-tiles.js';

const WIDE = { narrowest: 16 / 9, widest: 16 / 9 };
const LOOSE = { narrowest: 3 / 4, widest: 16 / 9 };
const AREAS = [
  [1280, 660],
  [1920, 900],
  [390, 640],
  [320, 400],
  [844, 260],
  [3440, 1200],
  [600, 600],
] as const;

describe('fitTiles', () => {
  it.each([
    [1, 1600, 900, 1, 1],
    [2, 1600, 900, 2, 1],
    [2, 400, 900, 1, 2],
    [3, 1600, 900, 2, 2],
    [4, 1600, 900, 2, 2],
    [5, 1600, 900, 3, 2],
    [9, 1600, 900, 3, 3],
    [16, 1600, 900, 4, 4],
    [3, 2400, 300, 3, 1],
    [6, 400, 2400, 1, 6],
  ])('%i tiles in %i × %i: %i columns, %i rows', (count, width, height, columns, rows) => {
    expect(fitTiles(count, width, height, WIDE)).toMatchObject({ columns, rows });
  });

  it('fills the whole area with one tile when the ratio allows it', () => {
    expect(fitTiles(1, 800, 600, LOOSE)).toEqual({ columns: 1, rows: 1, width: 800, height: 600 });
  });

  it('crops no further than allowed', () => {
    expect(fitTiles(1, 3000, 900, LOOSE)).toMatchObject({ width: 1600, height: 900 });
    expect(fitTiles(1, 300, 900, LOOSE)).toMatchObject({ width: 300, height: 400 });
  });

  it.each(AREAS)('keeps 1 to 16 tiles inside %i × %i, as large as any grid could make them', (width, height) => {
    for (let count = 1; count <= 16; count++) {
      const fit = fitTiles(count, width, height, LOOSE, 8);
      expect(fit.columns * fit.rows).toBeGreaterThanOrEqual(count);
      expect(fit.columns * fit.width + 8 * (fit.columns - 1)).toBeLessThanOrEqual(width);
      expect(fit.rows * fit.height + 8 * (fit.rows - 1)).toBeLessThanOrEqual(height);
      // Rounding down to whole pixels costs less than one row and one column of them.
      const exact = (fit.width + 1) * (fit.height + 1);
      expect(exact).toBeGreaterThanOrEqual(largestByTrying(count, width, height, 8));
    }
  });

  it('has no empty row', () => {
    for (let count = 1; count <= 16; count++) {
      const { columns, rows } = fitTiles(count, 1280, 660, LOOSE, 8);
      expect(columns * (rows - 1)).toBeLessThan(count);
    }
  });

  it.each([
    [0, 100, 100],
    [4, 0, 0],
    [4, 10, 10],
  ])('%i tiles in %i × %i cause no error', (count, width, height) => {
    const fit = fitTiles(count, width, height, LOOSE, 8);
    expect(fit.width).toBeGreaterThanOrEqual(0);
    expect(fit.height).toBeGreaterThanOrEqual(0);
  });
});

/** The same result by brute force: every grid, every whole width. */
function largestByTrying(count: number, areaWidth: number, areaHeight: number, gap: number): number {
  let largest = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const maxWidth = Math.floor((areaWidth - gap * (columns - 1)) / columns);
    const maxHeight = Math.floor((areaHeight - gap * (rows - 1)) / rows);
    for (let width = 1; width <= maxWidth; width++) {
      const height = Math.min(maxHeight, Math.floor(width / LOOSE.narrowest));
      if (width / height <= LOOSE.widest) largest = Math.max(largest, width * height);
    }
  }
  return largest;
}
