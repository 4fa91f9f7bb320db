import { type DrawingMessage, MOST_NUMBERS } from './drawing-messages.js';

export interface Stroke {
  readonly id: string;
  /** Id of the participant that draws it. */
  readonly by: string;
  /** x and y in turn, in ten-thousandths of the picture's size. */
  readonly points: readonly number[];
  /** Of the last point, in milliseconds. */
  readonly at: number;
}

/** The drawing on one screen. */
export interface Drawing {
  readonly strokes: readonly Stroke[];
  /** Whether others than the presenter may draw. */
  readonly allowed: boolean;
}

export const EMPTY: Drawing = { strokes: [], allowed: true };

/** The drawing after a message of the participant `by`. The same object if nothing changes. */
export function drawn(drawing: Drawing, message: DrawingMessage, by: string, now: number): Drawing {
  const isPresenter = by === message.screen;
  const { strokes, allowed } = drawing;
  switch (message.type) {
    case 'allowed':
      if (!isPresenter || allowed === message.allowed) return drawing;
      return { allowed: message.allowed, strokes: message.allowed ? strokes : strokes.filter((one) => one.by === by) };
    case 'clear':
      return { allowed, strokes: isPresenter ? [] : strokes.filter((one) => one.by !== by) };
    case 'request':
      return drawing;
    case 'points': {
      if (!allowed && !isPresenter) return drawing;
      // Only the presenter passes on strokes of others.
      const author = (isPresenter && message.by) || by;
      const id = `${author} ${message.stroke}`;
      const index = strokes.findIndex((one) => one.id === id);
      const known = strokes[index];
      if (!known)
        return { allowed, strokes: [...strokes, { id, by: author, points: message.points, at: now }].slice(-MOST) };
      if (known.points.length >= LONGEST) return drawing;
      const stroke = { ...known, points: [...known.points, ...message.points], at: now };
      return { allowed, strokes: strokes.with(index, stroke) };
    }
  }
}

/**
 * The drawing on `screen` in messages of its presenter to newcomers: the newest strokes, as far as
 * `MOST_MESSAGES` hold them.
 */
export function messagesOf({ strokes, allowed }: Drawing, screen: string): DrawingMessage[] {
  const messages: DrawingMessage[] = [];
  for (const { id, by, points } of strokes.toReversed()) {
    const stroke = Number(id.slice(by.length + 1));
    const parts: DrawingMessage[] = [];
    for (let start = 0; start < points.length; start += MOST_NUMBERS) {
      parts.push({ type: 'points', screen, stroke, by, points: points.slice(start, start + MOST_NUMBERS) });
    }
    if (messages.length + parts.length > MOST_MESSAGES) break;
    messages.unshift(...parts);
  }
  return allowed ? messages : [{ type: 'allowed', screen, allowed }, ...messages];
}

/** Without the strokes that have faded, and those of participants that have left. */
export function faded(drawing: Drawing, now: number, present: ReadonlySet<string>): Drawing {
  const strokes = drawing.strokes.filter(({ at, by }) => now - at < SHOWN_FOR && present.has(by));
  return strokes.length === drawing.strokes.length ? drawing : { ...drawing, strokes };
}

/** Milliseconds: long enough to talk about it; a drawing must not cover the next slide. */
export const SHOWN_FOR = 12_000;
/** Strokes on a screen; the oldest ones make room. */
const MOST = 100;
/** Numbers of a stroke. */
const LONGEST = 4_000;
/** To newcomers at once: servers take 25 a second of a participant, which may draw meanwhile. */
const MOST_MESSAGES = 12;
