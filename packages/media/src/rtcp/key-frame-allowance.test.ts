import { expect, it } from 'vitest';
import { KeyFrameAllowance } from './key-frame-allowance.js';

it('allows four at once, then one each four seconds', () => {
  const allowance = new KeyFrameAllowance();
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const at = allowance.allowedAt(1000);
    allowance.spend(at);
    times.push(at);
  }
  expect(times).toEqual([1000, 1000, 1000, 1000, 5000, 9000, 13_000]);
  expect(allowance.allowedAt(60_000)).toBe(60_000);
});
