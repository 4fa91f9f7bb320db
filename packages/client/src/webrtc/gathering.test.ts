import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gathering } from './gathering.js';

describe('gathering', () => {
  let begun: string[];
  const begin = (name: string) => () => begun.push(name);
  beforeEach(() => {
    begun = [];
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  it('begins all requests of one group together', () => {
    const gathering = new Gathering(100);
    gathering.requested();
    gathering.requested();
    gathering.answered([begin('a'), begin('b')]);
    expect(begun).toEqual([]);
    gathering.answered([begin('c')]);
    expect(begun).toEqual(['a', 'b', 'c']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait for a late answer', () => {
    const gathering = new Gathering(100);
    gathering.requested();
    gathering.requested();
    gathering.answered([begin('a')]);
    vi.advanceTimersByTime(100);
    expect(begun).toEqual(['a']);
    gathering.answered([begin('b')]);
    expect(begun).toEqual(['a', 'b']);
  });

  it('continues after a request that failed', () => {
    const gathering = new Gathering(100);
    gathering.requested();
    gathering.requested();
    gathering.answered([begin('a')]);
    gathering.answered();
    expect(begun).toEqual(['a']);
  });

  it('discards the held work', () => {
    const gathering = new Gathering(100);
    gathering.requested();
    gathering.requested();
    gathering.answered([begin('a')]);
    gathering.clear();
    gathering.answered();
    expect(begun).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
