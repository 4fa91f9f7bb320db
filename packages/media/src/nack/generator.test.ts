import { describe, expect, it } from 'vitest';
import { NackGenerator } from './generator.js';

const INTERVAL = 40;

function due(nacks: NackGenerator, now: number): number[] {
  const count = nacks.collect(now, INTERVAL);
  return [...nacks.due.subarray(0, count)];
}

describe('NackGenerator', () => {
  it('requests a gap at once, and again after the interval', () => {
    const nacks = new NackGenerator();
    expect(nacks.noteGap(10, 11, 0)).toBe(false);
    expect(nacks.noteGap(10, 14, 0)).toBe(true);
    expect(due(nacks, 0)).toEqual([11, 12, 13]);
    expect(due(nacks, 20)).toEqual([]);
    expect(nacks.nextAt()).toBe(40);
    expect(nacks.noteArrival(12)).toBe(true);
    expect(due(nacks, 40)).toEqual([11, 13]);
  });

  it('requests nothing before its time, whatever else is due', () => {
    const nacks = new NackGenerator();
    nacks.noteGap(10, 12, 5);
    nacks.noteGap(12, 14, 9);
    expect(due(nacks, 4.9)).toEqual([]);
    expect(due(nacks, 5)).toEqual([11]);
    expect(nacks.nextAt()).toBe(9);
    expect(due(nacks, 9)).toEqual([13]);
  });

  it('does not count an unrequested packet as repaired', () => {
    const nacks = new NackGenerator();
    nacks.noteGap(10, 12, 0);
    expect(nacks.noteArrival(11)).toBe(false);
    expect(nacks.pending).toBe(0);
    expect(nacks.nextAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives up after ten tries', () => {
    const nacks = new NackGenerator();
    nacks.noteGap(10, 12, 0);
    let tries = 0;
    for (let now = 0; now < 5000; now += 10) tries += due(nacks, now).length;
    expect(tries).toBe(10);
    expect(nacks.gaveUp).toBe(true);
    expect(nacks.pending).toBe(0);
  });

  it('gives up at once when more is missing than repair can cover', () => {
    const nacks = new NackGenerator();
    nacks.noteGap(10, 1000, 0);
    expect(nacks.gaveUp).toBe(true);
    expect(due(nacks, 0)).toEqual([]);
  });

  it('requests nothing before a key frame again', () => {
    const nacks = new NackGenerator();
    nacks.noteGap(10, 12, 0);
    expect(due(nacks, 0)).toEqual([11]);
    nacks.noteGap(12, 15, 0);
    nacks.forgetBefore(15);
    expect(due(nacks, 100)).toEqual([13, 14]);
  });
});
