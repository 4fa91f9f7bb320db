import type { Pod } from './pod.js';

/**
 * Prometheus and its adapter with the rules of docs/kubernetes.md: reads the metrics of the pods, and
 * answers the highest value of a pod in the last minute. Times are seconds of any clock.
 */
export class MetricsAdapter {
  private samples: { at: number; pod: string; metric: string; value: number }[] = [];

  constructor(private readonly metrics: readonly string[]) {}

  /** Pods that do not answer have no sample. */
  async scrape(now: number, pods: readonly Pod[]): Promise<void> {
    this.samples = this.samples.filter(({ at }) => at > now - WINDOW);
    const texts = await Promise.all(pods.map(async (pod) => ({ pod: pod.options.name, text: await metricsOf(pod) })));
    for (const { pod, text } of texts) {
      for (const metric of this.metrics) {
        const value = valueIn(text, metric);
        if (value !== undefined) this.samples.push({ at: now, pod, metric, value });
      }
    }
  }

  value(metric: string, pod: string): number | undefined {
    const values = this.samples.filter((one) => one.metric === metric && one.pod === pod).map(({ value }) => value);
    return values.length === 0 ? undefined : Math.max(...values);
  }
}

/** The highest value of all series of a metric, in the text format of Prometheus. */
export function valueIn(text: string, metric: string): number | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`));
  const values = lines.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1))).filter(Number.isFinite);
  return values.length === 0 ? undefined : Math.max(...values);
}

async function metricsOf({ options: { address, ports } }: Pod): Promise<string> {
  try {
    const response = await fetch(`http://${address}:${ports.get('metrics')}/metrics`, {
      signal: AbortSignal.timeout(PATIENCE),
    });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}

/** Seconds, of `max_over_time`. */
const WINDOW = 60;

/** Milliseconds; Prometheus gives up after ten seconds by default. */
const PATIENCE = 10_000;
