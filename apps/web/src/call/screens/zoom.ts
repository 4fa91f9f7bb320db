/** An enlarged picture in its frame; all in parts of the frame's size. */
export interface Zoom {
  /** 1: the whole picture. */
  readonly scale: number;
  /** The left and upper edge of the picture; 0 to 1 − scale. */
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };

/** Enlarges by the factor, so that the point of the picture below `x`, `y` stays there. */
export function zoomAt(zoom: Zoom, factor: number, x = 0.5, y = 0.5): Zoom {
  const scale = Math.min(MOST, Math.max(1, zoom.scale * factor));
  const by = scale / zoom.scale;
  return within({ scale, x: x - (x - zoom.x) * by, y: y - (y - zoom.y) * by });
}

/** Moves the picture by parts of the frame. */
export function moveBy(zoom: Zoom, x: number, y: number): Zoom {
  return within({ scale: zoom.scale, x: zoom.x + x, y: zoom.y + y });
}

/** Moves the picture so that the point of the frame is in the middle. */
export function centreOn(zoom: Zoom, x: number, y: number): Zoom {
  return moveBy(zoom, 0.5 - x, 0.5 - y);
}

/** The step of a key; undefined for keys without one. */
export function keyZoom(zoom: Zoom, key: string): Zoom | undefined {
  switch (key) {
    case '+':
    case '=':
      return zoomAt(zoom, STEP);
    case '-':
      return zoomAt(zoom, 1 / STEP);
    case '0':
      return WHOLE;
    case 'ArrowLeft':
      return moveBy(zoom, MOVE, 0);
    case 'ArrowRight':
      return moveBy(zoom, -MOVE, 0);
    case 'ArrowUp':
      return moveBy(zoom, 0, MOVE);
    case 'ArrowDown':
      return moveBy(zoom, 0, -MOVE);
    default:
      return undefined;
  }
}

/** The picture covers the frame. */
function within({ scale, x, y }: Zoom): Zoom {
  const inside = (edge: number) => Math.min(0, Math.max(1 - scale, edge));
  return { scale, x: inside(x), y: inside(y) };
}

export const STEP = 1.5;
const MOVE = 0.1;

/** A line of small text of a large screen is readable on a phone. */
const MOST = 6;
