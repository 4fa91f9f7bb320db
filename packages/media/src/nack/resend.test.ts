import { expect, it } from 'vitest';
import { ResendHistory } from './resend.js';

it('allows a packet once in a round trip, and others meanwhile', () => {
  const history = new ResendHistory();
  expect(history.allow(5, 1000, 50)).toBe(true);
  expect(history.allow(5, 1049, 50)).toBe(false);
  expect(history.allow(6, 1049, 50)).toBe(true);
  expect(history.allow(5, 1050, 50)).toBe(true);
});
