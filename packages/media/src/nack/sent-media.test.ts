import { expect, it } from 'vitest';
import { SentMedia } from './sent-media.js';

it('knows the packets of the last numbers only', () => {
  const sent = new SentMedia();
  for (let number = 65_000; number < 67_000; number++) {
    if (number % 2 === 0) sent.note(number & 0xffff, -number, (number * 3) & 0xffff);
  }
  for (const number of [66_998, 66_000]) {
    expect(sent.find(number & 0xffff)).toBe(-number);
    expect(sent.sequenceNumber).toBe((number * 3) & 0xffff);
  }
  // Not recorded, too old, and never assigned.
  for (const number of [66_999, 65_000, 30_000]) expect(sent.find(number & 0xffff)).toBe(0);
});
