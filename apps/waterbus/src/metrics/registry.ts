import type { Cluster } from '@waterbus/cluster';
import type { ServerApiFigures } from '@waterbus/server-api';
import type { ServerWsFigures } from '@waterbus/server-ws';
import type { Distribution } from '@waterbus/telemetry';
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { apiSeries } from './api-series.js';
import { clusterSeries } from './cluster-series.js';
import type { Sample, Series } from './series.js';
import { wsSeries } from './ws-series.js';

/** The parts of this process; a process without a part has none of its metrics. */
export interface MetricSources {
  version: string;
  cluster: Pick<Cluster, 'mishaps' | 'store'>;
  api: (() => ServerApiFigures) | undefined;
  ws: (() => ServerWsFigures) | undefined;
}

/** All metrics of this process, read at each scrape. */
export function metricsRegistry({ version, cluster, api, ws }: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const info = { name: 'waterbus_build_info', help: 'Always 1', labelNames: ['version'], registers: [registry] };
  new Gauge(info).set({ version }, 1);
  for (const series of clusterSeries) register(registry, series, () => cluster);
  if (api) for (const series of apiSeries) register(registry, series, api);
  if (ws) for (const series of wsSeries) register(registry, series, ws);
  return registry;
}

function register<F>(registry: Registry, series: Series<F>, figures: () => F): void {
  const { name, help, type, labels } = series;
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  switch (type) {
    case 'histogram':
      registry.registerMetric(new ReadHistogram(series, figures) as unknown as Metric);
      return;
    case 'counter':
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const { labels, value } of series.read(figures())) this.inc(labels, value as number);
        },
      });
      return;
    case 'gauge':
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const { labels, value } of series.read(figures())) this.set(labels, value as number);
        },
      });
      return;
  }
}

/** A histogram that this process counts elsewhere; prom-client's own observes each value itself. */
class ReadHistogram<F> {
  readonly name: string;

  constructor(
    private readonly series: Series<F>,
    private readonly figures: () => F,
  ) {
    this.name = series.name;
  }

  async get(): Promise<object> {
    const { name, help } = this.series;
    const values = this.series.read(this.figures()).flatMap((sample) => this.lines(sample));
    return { name, help, type: 'histogram', values, aggregator: 'sum' };
  }

  /** Prometheus' buckets contain the lower ones. */
  private lines({ labels, value }: Sample): object[] {
    const { bounds, counts, sum } = value as Distribution;
    const { name } = this;
    let count = 0;
    const buckets = counts.map((own, index) => {
      count += own;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? '+Inf' }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }

  reset(): void {}
}
