import { describe, expect, it } from 'vitest';
import { summarize } from './percentiles.js';
import type { Limit } from './scenario.js';

const time: Limit = { figure: 'all back, ms', percentile: 100, atMost: 3000, rule: 'R11' };
const count: Limit = { figure: 'shown as having left', percentile: 100, atMost: 0, rule: 'R11' };

function verdicts(short: boolean, figures: Record<string, number[]>) {
  return summarize([figures], [time, count], { short })
    .flatMap(({ limits }) => limits)
    .map(({ judged, kept }) => (judged ? kept : 'not judged'));
}

describe('summarize', () => {
  const slow = { 'all back, ms': [200, 9000], 'shown as having left': [0] };
  const never = { 'all back, ms': [200, Number.POSITIVE_INFINITY], 'shown as having left': [0] };
  const noticed = { 'all back, ms': [200], 'shown as having left': [1] };

  it('judges times and counts in the full form', () => {
    expect(verdicts(false, slow)).toEqual([false, true]);
    expect(verdicts(false, never)).toEqual([false, true]);
    expect(verdicts(false, noticed)).toEqual([true, false]);
  });

  it('judges counts in the short form, and of a time only that the wait ended', () => {
    expect(verdicts(true, slow)).toEqual(['not judged', true]);
    expect(verdicts(true, never)).toEqual([false, true]);
    expect(verdicts(true, noticed)).toEqual(['not judged', false]);
  });

  it.each([true, false])('counts a figure without any value as exceeded (short: %s)', (short) => {
    expect(verdicts(short, { 'shown as having left': [0] })).toEqual([false, true]);
  });
});
