import { expect, it } from 'vitest';
import { SentNumbers } from './sent-numbers.js';

it('remembers the last 128 packets, also over a wrap', () => {
  const numbers = new SentNumbers();
  expect([0, 0xffff].map((sequenceNumber) => numbers.find(sequenceNumber))).toEqual([-1, -1]);
  for (let i = 0; i < 200; i++) numbers.note((65_400 + i) & 0xffff, (65_500 + i) & 0xffff, i & 0xff);
  expect(numbers.find((65_400 + 71) & 0xffff)).toBe(-1);
  expect(numbers.find((65_400 + 72) & 0xffff)).toBe((65_500 + 72) & 0xffff);
  expect(numbers.find((65_400 + 199) & 0xffff)).toBe((65_500 + 199) & 0xffff);
  expect(numbers.flags).toBe(199);
});
