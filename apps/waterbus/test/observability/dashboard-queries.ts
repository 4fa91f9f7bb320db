import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { dashboardPanels, legendOf } from './dashboard.js';
import { ObservedCluster } from './observed-cluster.js';
import { chartOf, pageOf } from './panel-chart.js';

/**
 * `npm run dashboard-queries`: fills a cluster with calls, and draws the answers of Prometheus to the
 * queries of the dashboard, as a page with one chart for each panel. Returns the file.
 */
export async function main(words: string[]): Promise<string> {
  const { values } = parseArgs({
    args: words,
    options: {
      out: { type: 'string', default: path.join(tmpdir(), 'dashboard-queries.html') },
      seconds: { type: 'string', default: '90' },
    },
  });
  const cluster = await ObservedCluster.start();
  try {
    const begun = Date.now() / 1000;
    for (const words of LOADS) {
      cluster.load(words);
      await pause((Number(values.seconds) * 1000) / LOADS.length);
    }
    const charts: string[] = [];
    for (const { title, unit, queries } of await dashboardPanels('15s')) {
      const lines = [];
      for (const { expression, legend } of queries) {
        for (const series of await cluster.prometheus.queryRange(expression, begun, Date.now() / 1000, 1)) {
          const points = series.values.map(([at, value]) => [at, Number(value)] as const);
          lines.push({ legend: legendOf(legend, series.metric), points });
        }
      }
      charts.push(chartOf(title, unit, lines));
    }
    await writeFile(values.out, pageOf(charts));
    return values.out;
  } finally {
    await cluster.close();
  }
}

/** Small calls, which come one after the other and stay. */
const LOADS = [
  ['--meeting', '--publishers', '2', '--subscribers', '1', '--minutes', '30', '--join-rate', '1'],
  ['--rooms', '2', '--publishers', '1', '--subscribers', '3', '--minutes', '30', '--join-rate', '1'],
  ['--video', 'high', '--publishers', '1', '--subscribers', '1', '--minutes', '30', '--join-rate', '1'],
];
