import { describe, expect, test } from 'vitest';
import { FlushPolicy } from './flush-policy.js';

describe('FlushPolicy', () => {
  test('an idle worker never waits', () => {
    const policy = new FlushPolicy();
    expect(policy.flushNow(false, 0)).toBe(true);
    policy.utilization(0.4);
    expect(policy.flushNow(false, 0)).toBe(true);
  });

  test('a busy one waits for the end of the frame', () => {
    const policy = new FlushPolicy();
    policy.utilization(0.8);
    expect(policy.flushNow(false, 10)).toBe(false);
    expect(policy.flushNow(false, 10.4)).toBe(false);
    expect(policy.flushNow(true, 10.5)).toBe(true);
  });

  test('but for a millisecond at most, counted from the first packet held', () => {
    const policy = new FlushPolicy();
    policy.utilization(0.8);
    expect(policy.flushNow(false, 10)).toBe(false);
    expect(policy.flushNow(false, 11)).toBe(true);
    policy.flushed();
    expect(policy.flushNow(false, 11.2)).toBe(false);
  });

  test('is not idle again before it is clearly so', () => {
    const policy = new FlushPolicy();
    policy.utilization(0.8);
    policy.utilization(0.4);
    expect(policy.flushNow(false, 0)).toBe(false);
    policy.utilization(0.2);
    expect(policy.flushNow(false, 0)).toBe(true);
  });
});
