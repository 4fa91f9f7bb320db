import type { Cluster } from '@waterbus/cluster';
import { countersBy, gauge, histograms, type Series } from './series.js';

/** The metrics of a member of the cluster. */
export const clusterSeries: readonly Series<Pick<Cluster, 'mishaps' | 'store'>>[] = [
  countersBy('waterbus_cluster_mishaps_total', 'kind', 'Dropped messages and survived failures', (cluster) => {
    return { ...NO_MISHAPS, ...cluster.mishaps() };
  }),
  gauge('waterbus_redis_up', '1 while every Redis server of the topology can be reached', (cluster) => {
    return cluster.store()?.isUp;
  }),
  histograms(
    'waterbus_redis_command_duration_seconds',
    ['outcome'],
    'Commands to Redis',
    (cluster) => cluster.store()?.commands ?? [],
  ),
];

/** A counter that began with the first forged message would show no increase, and no alert would fire. */
const NO_MISHAPS = {
  messagesInvalid: 0,
  messagesForged: 0,
  listenersFailed: 0,
  requestsFailed: 0,
};
