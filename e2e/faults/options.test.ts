import { describe, expect, it } from 'vitest';
import { readOptions } from './options.js';

const namesOf = (...words: string[]) => readOptions(words).names;

describe('the scenarios of a run', () => {
  it('are all of them, in the short form without the longest, or the named ones', () => {
    expect(namesOf('--short')).toEqual(namesOf().filter((name) => name !== 'rolling'));
    expect(namesOf('--only', 'storm,drain')).toEqual(['storm', 'drain']);
    expect(() => namesOf('--only', 'flood')).toThrow('There is no scenario flood');
  });

  it('are picked by the seed, in their order, and each by some seed', () => {
    const all = namesOf('--short');
    const picks = Array.from({ length: 50 }, (_, seed) => namesOf('--short', '--pick', '3', '--seed', String(seed)));
    for (const [seed, names] of picks.entries()) {
      expect(names).toHaveLength(3);
      expect(names).toEqual(all.filter((name) => names.includes(name)));
      expect(namesOf('--short', '--pick', '3', '--seed', String(seed))).toEqual(names);
    }
    expect(new Set(picks.flat())).toEqual(new Set(all));
    expect(namesOf('--short', '--pick', '99')).toEqual(all);
    expect(() => namesOf('--pick', '0')).toThrow('--pick takes a whole number from 1 on');
  });
});
