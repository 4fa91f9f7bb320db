import { expect, it } from 'vitest';
import { type Gradual, NO_TILES, nextPicture } from './gradual.js';

const people = (from: number, count: number) => Array.from({ length: count }, (_, index) => `p${from + index}`);

/** All pictures until nothing changes. */
function pictures(wanted: readonly string[], first: Gradual = NO_TILES): Gradual[] {
  const all: Gradual[] = [];
  for (let now = nextPicture(first, wanted); now !== (all.at(-1) ?? first); now = nextPicture(now, wanted))
    all.push(now);
  return all;
}

const counts = (all: Gradual[]) => all.map(({ here, leaving }) => [here.size, leaving.length]);

const shows = (wanted: readonly string[]) => pictures(wanted).at(-1)!;

it('another page of 49 comes and goes in dozens, the new one first', () => {
  expect(counts(pictures(people(0, 49)))).toEqual([12, 24, 36, 48, 49].map((count) => [count, 0]));
  expect(counts(pictures(people(100, 49), shows(people(0, 49))))).toEqual([
    ...[12, 24, 36, 48, 49].map((count) => [count, 49]),
    ...[37, 25, 13, 1, 0].map((count) => [49, count]),
  ]);
});

it('a tile of both pages stays, also one that is leaving', () => {
  const page = shows(people(0, 49));
  const [beside] = pictures(people(0, 6), page);
  expect(beside).toEqual({ here: new Set(people(0, 6)), leaving: people(6, 31) });
  const [back] = pictures(people(0, 49), beside!);
  expect(back).toEqual({ here: new Set(people(0, 49)), leaving: [] });
});

it('those that left last are the first of those that leave', () => {
  const [turned] = pictures(people(100, 20), shows(people(0, 20)));
  const [again] = pictures(people(200, 20), turned!);
  expect(again!.leaving).toEqual([...people(100, 12), ...people(0, 20)]);
});

it('a few come and go at once', () => {
  const page = shows(people(0, 20));
  expect(counts(pictures(people(0, 22), page))).toEqual([[22, 0]]);
  expect(counts(pictures(people(10, 10), page))).toEqual([[10, 0]]);
  expect(pictures(people(0, 20), page)).toEqual([]);
});
