import { describe, expect, it } from 'vitest';
import { SentNumbers } from './sent-numbers.js';

describe('SentNumbers', () => {
  it('remembers the last 128 packets of a stream, also over a wrap', () => {
    const numbers = new SentNumbers();
    const place = numbers.open();
    expect([0, 0xffff].map((sequenceNumber) => numbers.find(place, sequenceNumber))).toEqual([-1, -1]);
    for (let i = 0; i < 200; i++) numbers.note(place, (65_400 + i) & 0xffff, (65_500 + i) & 0xffff, i & 0xff);
    expect(numbers.find(place, (65_400 + 71) & 0xffff)).toBe(-1);
    expect(numbers.find(place, (65_400 + 72) & 0xffff)).toBe((65_500 + 72) & 0xffff);
    expect(numbers.find(place, (65_400 + 199) & 0xffff)).toBe((65_500 + 199) & 0xffff);
    expect(numbers.flags).toBe(199);
  });

  it('keeps any number of streams apart, and reuses the place of an ended one without its packets', () => {
    const numbers = new SentNumbers();
    const places = Array.from({ length: 100 }, () => numbers.open());
    expect(new Set(places).size).toBe(100);
    for (const [i, place] of places.entries()) numbers.note(place, 7, 1000 + i, 1);
    expect(places.map((place) => numbers.find(place, 7))).toEqual(places.map((_, i) => 1000 + i));
    numbers.close(places[50]!);
    const next = numbers.open();
    expect([next, numbers.find(next, 7)]).toEqual([places[50], -1]);
  });
});
