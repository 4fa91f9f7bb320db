/** How a subscriber shows the pictures: the page's grid, its speaker view, or each at full size. */
export const layouts = ['grid', 'speaker', 'full'] as const;
export type Layout = (typeof layouts)[number];

export interface Tile {
  width: number;
  height: number;
  visible: boolean;
}

/** The tile of picture `index` of `count`, on a window of 1280x720 device pixels. */
export function tileOf(layout: Layout, index: number, count: number): Tile {
  if (layout === 'full') return { ...WINDOW, visible: true };
  if (index >= MOST_TILES) return { width: 0, height: 0, visible: false };
  const shown = Math.min(count, MOST_TILES);
  if (layout === 'speaker') {
    const share = index === 0 ? 1 : STRIP_SHARE;
    return { width: WINDOW.width / share, height: WINDOW.height / share, visible: true };
  }
  const columns = Math.ceil(Math.sqrt(shown));
  return { width: Math.floor(WINDOW.width / columns), height: Math.floor(WINDOW.height / columns), visible: true };
}

const WINDOW = { width: 1280, height: 720 };
/** The page shows so many at most. */
export const MOST_TILES = 16;
/** Beside a speaker the others have this part of the width. */
const STRIP_SHARE = 4;
