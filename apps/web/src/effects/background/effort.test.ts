import { describe, expect, it } from 'vitest';
import { Effort } from './effort.js';

/** Frames that each take so many milliseconds; the number of the first one after which it gives up. */
function frames(effort: Effort, count: number, spent: number): number | undefined {
  for (let frame = 1; frame <= count; frame++) if (effort.done(spent)) return frame;
  return undefined;
}

describe('the effort of an effect', () => {
  it('is the whole one while frames are quick', () => {
    const effort = new Effort();
    expect(frames(effort, 6_000, 20)).toBeUndefined();
    expect(effort.segmentedEvery).toBe(1);
    expect(effort.spent).toHaveLength(60);
  });

  it('falls step by step while frames take too long, and rises when they are quick again', () => {
    const effort = new Effort();
    frames(effort, 60, 40);
    expect(effort.segmentedEvery).toBe(2);
    frames(effort, 60, 40);
    expect(effort.segmentedEvery).toBe(3);
    expect(frames(effort, 6_000, 40)).toBeUndefined();
    frames(effort, 180, 5);
    expect(effort.segmentedEvery).toBe(2);
    frames(effort, 120, 5);
    expect(effort.segmentedEvery).toBe(2);
    frames(effort, 60, 5);
    expect(effort.segmentedEvery).toBe(1);
  });

  it('ends when a machine is too slow for long even for the least', () => {
    const effort = new Effort();
    expect(frames(effort, 6_000, 200)).toBe(300);
  });

  it('does not end because of a slow start', () => {
    const effort = new Effort();
    expect(frames(effort, 240, 200)).toBeUndefined();
    expect(frames(effort, 60, 30)).toBeUndefined();
    expect(frames(effort, 120, 200)).toBeUndefined();
  });
});
