import type { ServerReading } from './server-reading.js';

/** The CPU that a Prometheus endpoint reports now; empty when it does not answer. */
export async function readMetrics(url: string): Promise<ServerReading[]> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
    return response.ok ? readingsIn(await response.text(), new URL(url).host) : [];
  } catch {
    return [];
  }
}

/**
 * One reading for each series whose name ends with `cpu_seconds_total`, in the text format of
 * Prometheus. `process_cpu_user_seconds_total` and the like are parts of the total, and left out.
 */
export function readingsIn(text: string, host: string): ServerReading[] {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, metric, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (!metric?.endsWith('cpu_seconds_total')) continue;
    const name = `${metric}${labels} at ${host}`;
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return [...sums].map(([name, cpuSeconds]) => ({ name, cpuSeconds, residentBytes: undefined }));
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{.*\})?\s+([-+.\deE]+)/;
/** Milliseconds. */
const TIMEOUT = 3_000;
