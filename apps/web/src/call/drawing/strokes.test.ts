import { expect, it } from 'vitest';
import { type DrawingMessage, readDrawing } from './drawing-messages.js';
import { drawn, EMPTY, faded, messagesOf, SHOWN_FOR } from './strokes.js';

const points = (stroke: number, ...list: number[]): DrawingMessage => ({
  type: 'points',
  screen: 'ada',
  stroke,
  points: list,
});

it('reads its messages, and nothing else', () => {
  for (const message of [points(1, 0, 10_000), { type: 'clear', screen: 'ada' }]) {
    expect(readDrawing(JSON.stringify(message))).toEqual(message);
  }
  const many = { type: 'points', screen: 'ada', stroke: 1, points: Array(202).fill(1) };
  const wrong = [points(1), points(1, 5), points(1, -1, 5), points(1, 0.5, 5), points(1, 1, 10_001), many, null, 7];
  for (const one of wrong) expect(readDrawing(JSON.stringify(one))).toBeUndefined();
  expect(readDrawing('{')).toBeUndefined();
  expect(readDrawing(new Uint8Array(3))).toBeUndefined();
});

it('continues strokes by their author, and clears own ones, or all as the presenter', () => {
  let drawing = drawn(EMPTY, points(1, 1, 2), 'ben', 0);
  drawing = drawn(drawing, points(1, 3, 4), 'ben', 1);
  drawing = drawn(drawing, points(1, 5, 6), 'cleo', 1);
  expect(drawing.strokes.map(({ by, points: list }) => [by, ...list])).toEqual([
    ['ben', 1, 2, 3, 4],
    ['cleo', 5, 6],
  ]);
  expect(drawn(drawing, { type: 'clear', screen: 'ada' }, 'ben', 2).strokes.map(({ by }) => by)).toEqual(['cleo']);
  expect(drawn(drawing, { type: 'clear', screen: 'ada' }, 'ada', 2).strokes).toEqual([]);
});

it('is the presenter’s to allow', () => {
  const drawing = drawn(EMPTY, points(1, 1, 2), 'ben', 0);
  const off: DrawingMessage = { type: 'allowed', screen: 'ada', allowed: false };
  expect(drawn(drawing, off, 'ben', 1)).toBe(drawing);
  const closed = drawn(drawing, off, 'ada', 1);
  expect(closed).toEqual({ allowed: false, strokes: [] });
  expect(drawn(closed, points(2, 1, 2), 'ben', 2)).toBe(closed);
  expect(drawn(closed, points(2, 1, 2), 'ada', 2).strokes).toHaveLength(1);
});

it('fades, and holds a hundred strokes', () => {
  let drawing = EMPTY;
  for (let stroke = 0; stroke < 120; stroke += 1) drawing = drawn(drawing, points(stroke, 1, 2), 'ben', stroke);
  expect(drawing.strokes).toHaveLength(100);
  const present = new Set(['ben']);
  expect(faded(drawing, 60, present)).toBe(drawing);
  expect(faded(drawing, SHOWN_FOR + 69, present).strokes).toHaveLength(50);
  expect(faded(drawing, 60, new Set()).strokes).toEqual([]);
});

it('reaches a newcomer with its authors, and with what the presenter chose', () => {
  let drawing = drawn(EMPTY, points(1, 1, 2), 'ben', 0);
  drawing = drawn(drawing, points(7, 3, 4), 'cleo', 0);
  for (let part = 0; part < 3; part += 1) drawing = drawn(drawing, points(1, ...Array(200).fill(part)), 'ben', 0);
  let newcomer = EMPTY;
  for (const message of messagesOf(drawing, 'ada')) {
    newcomer = drawn(newcomer, readDrawing(JSON.stringify(message))!, 'ada', 5);
  }
  expect(newcomer.strokes).toEqual(drawing.strokes.map((stroke) => ({ ...stroke, at: 5 })));
  // Of others than the presenter it is their own stroke.
  const claimed = { ...points(1, 1, 2), by: 'ben' } as DrawingMessage;
  expect(drawn(EMPTY, claimed, 'cleo', 0).strokes[0]!.by).toBe('cleo');
  expect(messagesOf({ allowed: false, strokes: [] }, 'ada')).toEqual([
    { type: 'allowed', screen: 'ada', allowed: false },
  ]);
  expect(readDrawing(JSON.stringify({ type: 'request', screen: 'ada' }))).toEqual({ type: 'request', screen: 'ada' });
});

it('sends newcomers the newest strokes that a dozen messages hold', () => {
  let drawing = EMPTY;
  for (let stroke = 0; stroke < 30; stroke += 1) drawing = drawn(drawing, points(stroke, 1, 2), 'ben', stroke);
  const strokes = messagesOf(drawing, 'ada').map((message) => message.type === 'points' && message.stroke);
  expect(strokes).toEqual(Array.from({ length: 12 }, (_, index) => 18 + index));
});
