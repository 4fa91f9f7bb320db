import { type AspectRange, fitTiles, useSize } from '@waterbus/react';
import { type CSSProperties, type ReactNode, useRef } from 'react';

/**
 * Arranges its children as equal tiles, as large as possible. The last row is centred. `beside`:
 * next to more important content, where tiles need not fill their area. `corner`: over the tiles.
 */
export function TileGrid(props: { children: ReactNode[]; label: string; beside?: boolean; corner?: ReactNode }) {
  const { children, label, beside, corner } = props;
  const area = useRef<HTMLElement>(null);
  const { width, height } = useSize(area);
  const tiles = children.length;
  const fit = fitTiles(tiles, width, height, beside || width > height ? LYING : STANDING, GAP);
  const style = {
    '--tile-width': `${fit.width}px`,
    '--tile-height': `${fit.height}px`,
    '--grid-width': `${fit.columns * (fit.width + GAP) - GAP}px`,
    '--grid-gap': `${GAP}px`,
  } as CSSProperties;
  return (
    <section ref={area} className="tile-area" aria-label={label}>
      <div className="tile-grid" style={style}>
        {children}
        {corner}
      </div>
    </section>
  );
}

/** Cameras are 16:9. On a landscape screen a little of the sides may be cropped. */
const LYING: AspectRange = { narrowest: 4 / 3, widest: 16 / 9 };

/**
 * On a portrait screen more may be cropped, because faces are in the middle and tiles would be
 * small otherwise.
 */
const STANDING: AspectRange = { narrowest: 3 / 4, widest: 16 / 9 };

/** CSS pixels between tiles. */
const GAP = 10;
