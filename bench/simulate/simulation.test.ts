import { expect, test } from 'vitest';
import { plot } from './plot.js';
import { promises } from './promises.js';
import { DURATION, QUIET_UNTIL, runScenario } from './scenario.js';

const settings = { nodes: 20, participants: 12_000, servers: 4, seed: 7 };
const run = (strategy: 'waterbus' | 'least-loaded', more: { seed?: number } = {}) =>
  runScenario({ ...settings, ...more, strategy, duration: strategy === 'waterbus' ? DURATION : QUIET_UNTIL }, () => {});

test('a small cluster keeps the promises, and its plot shows all results', async () => {
  const { result } = await run('waterbus');
  const { result: naive } = await run('least-loaded');
  // Only the large run measures time.
  expect(promises(result, naive, 0).filter(({ kept }) => !kept)).toEqual([]);
  expect(result.events.map(({ what }) => what)).toEqual([
    ...['drain 1', 'drain 1', 'drain 1'],
    'kill 1',
    'crowd of 600',
  ]);
  const svg = plot(result, naive);
  for (const { what } of result.events) expect(svg).toContain(what);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test('a seed gives the same run each time, another seed another run', async () => {
  const [first, second, other] = [await run('waterbus'), await run('waterbus'), await run('waterbus', { seed: 8 })];
  expect(second.result).toEqual(first.result);
  expect(other.result.moves).not.toEqual(first.result.moves);
});
