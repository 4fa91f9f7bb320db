/** Of data messages about drawings on shared screens. */
export const DRAWING_TOPIC = 'waterbus.drawing';

/** `screen`: id of the participant that shares it. */
export type DrawingMessage =
  /**
   * More points of the sender's stroke: x and y in turn, in ten-thousandths of the picture's size.
   * `by`, of the presenter to newcomers: the participant whose earlier stroke it is.
   */
  | { type: 'points'; screen: string; stroke: number; points: readonly number[]; by?: string }
  /** Of a newcomer to the presenter, which replies with the drawing as it is. */
  | { type: 'request'; screen: string }
  /** Of the presenter: removes all strokes; of others: their own. */
  | { type: 'clear'; screen: string }
  /** Of the presenter: whether others may draw. */
  | { type: 'allowed'; screen: string; allowed: boolean };

/** Undefined for anything else: other participants may send what they like. */
export function readDrawing(payload: string | Uint8Array): DrawingMessage | undefined {
  if (typeof payload !== 'string') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, screen, stroke, points, allowed, by } = value as Record<string, unknown>;
  if (typeof screen !== 'string') return undefined;
  if (type === 'clear' || type === 'request') return { type, screen };
  if (type === 'allowed' && typeof allowed === 'boolean') return { type, screen, allowed };
  if (type !== 'points' || !isWithin(stroke, Number.MAX_SAFE_INTEGER) || !Array.isArray(points)) return undefined;
  const isWhole = points.length > 0 && points.length % 2 === 0 && points.length <= MOST_NUMBERS;
  if (!isWhole || !points.every((one) => isWithin(one, PARTS))) return undefined;
  return { type, screen, stroke, points, ...(typeof by === 'string' && { by }) };
}

function isWithin(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** The size of a picture in a message. */
export const PARTS = 10_000;
/** In one message: 100 points. */
export const MOST_NUMBERS = 200;
