import { expect, it } from 'vitest';
import { ResendHistory } from './resend.js';

it('allows a packet once in a round trip, and others meanwhile', () => {
  const history = new ResendHistory();
  expect(history.verdict(5, 1000, 50)).toBe('resend');
  history.note(5, 1000);
  expect(history.verdict(5, 1049, 50)).toBe('under-way');
  expect(history.verdict(6, 1049, 50)).toBe('resend');
  expect(history.verdict(5, 1050, 50)).toBe('resend');
});

it('treats a round trip as at least 20 ms', () => {
  const history = new ResendHistory();
  history.note(5, 1000);
  expect(history.verdict(5, 1019, 0)).toBe('under-way');
  expect(history.verdict(5, 1020, 0)).toBe('resend');
});

it('allows a packet three times', () => {
  const history = new ResendHistory();
  for (let i = 0; i < 3; i++) {
    expect(history.verdict(5, 1000 + i * 50, 50)).toBe('resend');
    history.note(5, 1000 + i * 50);
  }
  expect(history.verdict(5, 5000, 50)).toBe('exhausted');
  // Another packet has its slot by then.
  expect(history.verdict(5 + 1024, 5000, 50)).toBe('resend');
});
