import { readProcessTree } from './process-tree.js';
import { readMetrics } from './prometheus.js';
import type { ServerReading } from './server-reading.js';

/** Everything that the run may read about the servers now. */
export async function readServers(of: { pids: number[]; metrics: string[] }): Promise<ServerReading[]> {
  return [
    ...of.pids.flatMap((pid) => readProcessTree(pid)),
    ...(await Promise.all(of.metrics.map((url) => readMetrics(url)))).flat(),
  ];
}
