import { type AspectRange, Grid } from '@waterbus/react';
import type { ReactNode } from 'react';

/**
 * The tiles of the stage. `beside`: next to more important content, where tiles need not fill their
 * area. `corner`: over the tiles. `count`: of the tiles in sight, which come first.
 */
export function TileGrid(props: {
  children: ReactNode[];
  label: string;
  count?: number;
  beside?: boolean;
  corner?: ReactNode;
}) {
  const { beside, ...grid } = props;
  return (
    <Grid
      {...grid}
      className="tile-area"
      gap={10}
      aspect={({ width, height }) => (beside || width > height ? LYING : STANDING)}
    />
  );
}

/** Cameras are 16:9. On a landscape screen a little of the sides may be cropped. */
const LYING: AspectRange = { narrowest: 4 / 3, widest: 16 / 9 };

/**
 * On a portrait screen more may be cropped, because faces are in the middle and tiles would be
 * small otherwise.
 */
const STANDING: AspectRange = { narrowest: 3 / 4, widest: 16 / 9 };
