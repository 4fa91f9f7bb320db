/** Columns, rows and tile size of a grid. */
export interface Fit {
  columns: number;
  rows: number;
  /** Size of every tile, in whole CSS pixels. */
  width: number;
  height: number;
}

/**
 * The narrowest and the widest ratio (width divided by height) of a tile; pictures are cropped to
 * it.
 */
export interface AspectRange {
  narrowest: number;
  widest: number;
}

/**
 * The grid of `count` equal tiles that shows the most picture in an area of `width` × `height` CSS
 * pixels with `gap` between tiles. Of grids that show the same, the one with the fewest empty
 * places wins, then the one with the most columns.
 */
export function fitTiles(count: number, width: number, height: number, aspect: AspectRange, gap = 0): Fit {
  let best: Fit = { columns: 1, rows: Math.max(count, 1), width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const tile = largestWithin((width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows, aspect);
    const fit = { columns, rows, ...tile };
    if (isAsGood(fit, best)) best = fit;
  }
  return { ...best, width: Math.floor(best.width), height: Math.floor(best.height) };
}

function largestWithin(width: number, height: number, aspect: AspectRange): { width: number; height: number } {
  if (width <= 0 || height <= 0) return { width: 0, height: 0 };
  const ratio = Math.min(Math.max(width / height, aspect.narrowest), aspect.widest);
  return { width: Math.min(width, height * ratio), height: Math.min(height, width / ratio) };
}

function isAsGood(fit: Fit, best: Fit): boolean {
  const more = fit.width * fit.height - best.width * best.height;
  if (Math.abs(more) >= SAME_AREA) return more > 0;
  return fit.columns * fit.rows <= best.columns * best.rows;
}

/** Square pixels below which two tiles count as equal: divisions leave tiny remainders. */
const SAME_AREA = 1;
