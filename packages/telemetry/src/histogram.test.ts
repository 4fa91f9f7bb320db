import { expect, test } from 'vitest';
import { Counts } from './counts.js';
import { Histogram, Histograms } from './histogram.js';

test('a value belongs to the first bucket whose bound it does not exceed', () => {
  const histogram = new Histogram([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11]) histogram.observe(value);
  expect(histogram.read()).toEqual({ bounds: [1, 10], counts: [2, 2, 1], sum: 23.5 });
});

test('each combination of labels has its own distribution', () => {
  const histograms = new Histograms<'route' | 'status'>([1]);
  histograms.observe({ route: '/a', status: '2xx' }, 0.5);
  histograms.observe({ route: '/a', status: '4xx' }, 2);
  histograms.observe({ route: '/a', status: '2xx' }, 3);
  expect(histograms.read()).toEqual([
    { labels: { route: '/a', status: '2xx' }, distribution: { bounds: [1], counts: [1, 1], sum: 3.5 } },
    { labels: { route: '/a', status: '4xx' }, distribution: { bounds: [1], counts: [0, 1], sum: 2 } },
  ]);
});

test('a label without bounds fills no memory', () => {
  const histograms = new Histograms<'route'>([1]);
  for (let i = 0; i < 5000; i++) histograms.observe({ route: `/${i}` }, 1);
  expect(histograms.read()).toHaveLength(1000);
});

test('counts are by kind', () => {
  const counts = new Counts<'a' | 'b'>();
  counts.add('a');
  counts.add('a', 4);
  expect(counts.read()).toEqual({ a: 5 });
});
