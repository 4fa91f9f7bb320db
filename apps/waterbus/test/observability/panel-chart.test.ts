import { expect, it } from 'vitest';
import { chartOf, shown } from './panel-chart.js';

it.each([
  [0.0123, 's', '12.3 ms'],
  [2.5, 's', '2.5 s'],
  [0.256, 'percentunit', '25.6 %'],
  [4_321_000, 'bps', '4.32 Mbit/s'],
  [120, 'pps', '120 /s'],
  [0, 'short', '0'],
])('%s in %s is %s', (value, unit, text) => {
  expect(shown(value, unit)).toBe(text);
});

it('draws a line with a gap where there is no number, and escapes its names', () => {
  const points = [
    [0, 1],
    [10, 2],
    [20, Number.NaN],
    [30, 4],
    [40, 4],
  ] as const;
  const chart = chartOf('A < B', 'short', [{ legend: 'p50 & more', points }]);
  expect(chart.match(/class="line"[^>]*/)?.[0].match(/M/g)).toHaveLength(2);
  expect(chart).toContain('A &lt; B');
  expect(chart).toContain('p50 &amp; more');
  expect(chart).not.toContain('NaN');
});

it('shows that a panel has no value', () => {
  expect(chartOf('Drops', 'pps', [])).toContain('no value');
});
