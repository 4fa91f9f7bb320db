import { apiSeries } from './api-series.js';
import { clusterSeries } from './cluster-series.js';
import type { Series } from './series.js';
import { wsSeries } from './ws-series.js';

/** All metrics of Waterbus, by the servers that have them; docs/observability.md lists them. */
export const catalogue: readonly { part: string; series: readonly Omit<Series<never>, 'read'>[] }[] = [
  { part: 'Server WS', series: wsSeries },
  { part: 'Server API', series: apiSeries },
  { part: 'every server', series: clusterSeries },
];
