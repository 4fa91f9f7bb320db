import { expect, it } from 'vitest';
import { type Arrangement, arrange, NO_ARRANGEMENT, pagesOf } from './arrangement.js';

const people = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const after = (present: string[], ...speaking: string[][]): Arrangement =>
  speaking.reduce((now, speakers) => arrange(now, present, speakers, 4), arrange(NO_ARRANGEMENT, present, [], 4));

it('keeps the order of joining while all speakers are shown', () => {
  expect(after(people(6), ['p2'], ['p0', 'p3']).order).toEqual(people(6));
});

it('brings a speaker forward, in the place of the one that has been silent for the longest time', () => {
  expect(after(people(6), ['p5']).order).toEqual(['p0', 'p1', 'p2', 'p5', 'p4', 'p3']);
  // p3 spoke, so that p2 makes room; then p1, since p5 and p3 spoke last.
  const second = after(people(6), ['p3'], ['p5'], ['p4']);
  expect(second.order).toEqual(['p0', 'p4', 'p5', 'p3', 'p1', 'p2']);
});

it('moves no one who speaks, and shows as many speakers as there are places', () => {
  const all = after(people(8), ['p4', 'p5', 'p6', 'p7', 'p0']);
  expect([...all.order.slice(0, 4)].sort()).toEqual(['p4', 'p5', 'p6', 'p7']);
  expect([...all.order].sort()).toEqual(people(8));
});

it('is the same object when nothing changes, so that rendering ends', () => {
  const now = after(people(6), ['p5', 'p4']);
  expect(arrange(now, people(6), ['p5', 'p4'], 4)).toBe(now);
  expect(arrange(now, people(6), [], 4)).toBe(now);
});

it('remembers the main speaker while none speaks, and forgets those that left', () => {
  const now = after(people(6), ['p5'], []);
  expect(now.main).toBe('p5');
  const left = arrange(now, people(5), [], 4);
  expect(left).toMatchObject({ main: undefined, order: ['p0', 'p1', 'p2', 'p4', 'p3'] });
  expect([...left.turns.keys()]).toEqual([]);
  expect(arrange(left, people(6), [], 4).order.at(-1)).toBe('p5');
});

it.each([
  [[], 'self', [['self']]],
  [people(3), 'self', [['p0', 'p1', 'p2', 'self']]],
  [
    people(5),
    'self',
    [
      ['p0', 'p1', 'p2', 'self'],
      ['p3', 'p4'],
    ],
  ],
  [people(5), undefined, [['p0', 'p1', 'p2', 'p3'], ['p4']]],
  [people(8), undefined, [people(4), people(8).slice(4)]],
  [[], undefined, [[]]],
])('pages of %j with %s', (others, self, pages) => {
  expect(pagesOf<string>(others, self, 4)).toEqual(pages);
});
