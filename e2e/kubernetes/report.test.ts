import { expect, it } from 'vitest';
import { lifecycles } from './lifecycles.js';
import { keptAllLimits, reportOf, tableOf } from './report.js';

const limit = { figure: 'drain: audio gap, ms', percentile: 100, atMost: 1000, rule: 'R10' } as const;
const drain = { ...lifecycles[0]!, name: 'node-drain', limits: [limit] };

it('prints the figures of all runs as a table, and those beyond a limit', () => {
  const figures = [
    { [limit.figure]: [20, 40], 'joins failed': [0] },
    { [limit.figure]: [30, 1200], 'joins failed': [1] },
  ];
  const report = reportOf(drain, figures, { loads: [1.2, 0.8], short: false });
  const [machine, , ...table] = tableOf([report]);
  expect(machine).toMatch(/load 0\.8 to 1\.2$/);
  expect(table.slice(2)).toEqual([
    '| `node-drain`, 2 runs | drain: audio gap, ms (4) | 30 | 1200 | 1200 | 1000 (exceeded) |',
    '|  | joins failed (2) | 0 | 1 | 1 |  |',
  ]);
  expect(keptAllLimits(report)).toBe(false);
});

it('counts a limit without a figure as broken', () => {
  const report = reportOf(drain, [{}], { loads: [], short: false });
  expect(keptAllLimits(report)).toBe(false);
  expect(tableOf([report]).at(-1)).toContain('| none | none | none | 1000 (exceeded) |');
});
