import { type CSSProperties, type ReactNode, useRef } from 'react';
import { type AspectRange, fitTiles } from './fit-tiles.js';
import { useSize } from './use-size.js';

/**
 * Arranges its children as equal tiles, as large as possible; the last row is centred. The element
 * fills the area that its parent gives it. Children have the width `var(--tile-width)` and the height
 * `var(--tile-height)`.
 *
 * @param props.count Of the children in sight; omitted: all.
 * @param props.gap CSS pixels between tiles.
 * @param props.aspect Of the tiles, by the size of the area.
 * @param props.corner Over the tiles.
 */
export function Grid(props: {
  children: ReactNode[];
  label: string;
  count?: number;
  gap?: number;
  aspect?: (area: { width: number; height: number }) => AspectRange;
  corner?: ReactNode;
  className?: string;
}) {
  const { children, label, count = children.length, gap = 8, aspect = aspectOf, corner, className } = props;
  const area = useRef<HTMLElement>(null);
  const size = useSize(area);
  const fit = fitTiles(count, size.width, size.height, aspect(size), gap);
  const style = {
    ...ROW,
    gap,
    width: fit.columns * (fit.width + gap) - gap,
    '--tile-width': `${fit.width}px`,
    '--tile-height': `${fit.height}px`,
  } as CSSProperties;
  return (
    <section ref={area} className={className} data-waterbus="grid" aria-label={label} style={AREA}>
      <div data-waterbus="grid-tiles" style={style}>
        {children}
        {corner}
      </div>
    </section>
  );
}

/** Cameras are 16:9. A portrait screen crops more, because tiles would be small otherwise. */
function aspectOf({ width, height }: { width: number; height: number }): AspectRange {
  return { narrowest: width > height ? 4 / 3 : 3 / 4, widest: 16 / 9 };
}

const AREA: CSSProperties = { display: 'grid', placeItems: 'center', minWidth: 0, minHeight: 0, overflow: 'hidden' };
const ROW: CSSProperties = { position: 'relative', display: 'flex', flexWrap: 'wrap', justifyContent: 'center' };
