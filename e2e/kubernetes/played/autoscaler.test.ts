import { expect, test } from 'vitest';
import { least } from '../chart/matrix.js';
import { merged, render } from '../chart/rendered.js';
import { Autoscaler } from './autoscaler.js';

const objects = render(
  merged(least, { metrics: { enabled: true }, ws: { autoscaling: { enabled: true, min: 2, max: 4 } } }),
);
const { spec } = objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler');

/** The number of pods after each 15 s, at which Kubernetes looks. */
function play(loads: readonly (number | undefined)[], begin = 2): number[] {
  const scaler = new Autoscaler(spec);
  let replicas = begin;
  return loads.map((load, index) => {
    replicas = scaler.desired(index * 15, replicas, (metric) => (metric === LOAD ? load : 0));
    return replicas;
  });
}

const LOAD = 'waterbus_worker_load_ratio';
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test('busy workers add pods at once, two in a minute', () => {
  expect(play([0.3, 0.9, 0.9])).toEqual([2, 4, 4]);
  expect(play(times(3, 0.46))).toEqual([2, 2, 2]);
});

test('a scale-down begins after ten minutes and takes one pod in three minutes', () => {
  const counts = play([0.9, ...times(60, 0.05)], 4);
  expect(counts.slice(0, 40)).toEqual(times(40, 4));
  const changes = counts.flatMap((count, index) => (index > 0 && count !== counts[index - 1] ? [index * 15] : []));
  expect(changes).toHaveLength(2);
  expect(changes[0]).toBeGreaterThan(600);
  expect(changes[1]! - changes[0]!).toBeGreaterThanOrEqual(180);
  expect(counts.at(-1)).toBe(2);
});

test('without the metric nothing is taken away', () => {
  expect(play(times(60, undefined), 4).at(-1)).toBe(4);
});
