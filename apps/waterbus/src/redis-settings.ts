import type { RedisTopology } from '@waterbus/cluster';
import { z } from 'zod';
import { flag, hostList, url } from './setting-types.js';

/** The address of Redis: one URL, a primary behind Sentinels, or a Redis Cluster. */
export const redisEnvironment = {
  REDIS_URL: url('redis:', 'rediss:').optional(),
  REDIS_SENTINELS: hostList.optional(),
  REDIS_SENTINEL_NAME: z.string().optional(),
  REDIS_CLUSTER_NODES: hostList.optional(),
  /** Credentials of the Redis servers themselves; `REDIS_URL` holds its own. */
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_TLS: flag.default(false),
};

type RedisValues = z.output<z.ZodObject<typeof redisEnvironment>>;

export function redisProblems({ REDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER_NODES, ...more }: RedisValues): string[] {
  const problems: string[] = [];
  if ([REDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER_NODES].filter(Boolean).length > 1) {
    problems.push('REDIS_URL: only one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES can be set');
  }
  if (Boolean(REDIS_SENTINELS) !== Boolean(more.REDIS_SENTINEL_NAME)) {
    const missing = REDIS_SENTINELS ? 'REDIS_SENTINEL_NAME' : 'REDIS_SENTINELS';
    problems.push(`${missing}: must be set too: the Sentinels' addresses, and the name of the primary with them`);
  }
  return problems;
}

/** Undefined without Redis: the process is then alone. */
export function redisOf(values: RedisValues): RedisTopology | undefined {
  if (values.REDIS_URL) return { url: values.REDIS_URL };
  const credentials = {
    tls: values.REDIS_TLS,
    ...(values.REDIS_USERNAME !== undefined && { username: values.REDIS_USERNAME }),
    ...(values.REDIS_PASSWORD !== undefined && { password: values.REDIS_PASSWORD }),
  };
  if (values.REDIS_CLUSTER_NODES) return { clusterNodes: values.REDIS_CLUSTER_NODES, ...credentials };
  if (!values.REDIS_SENTINELS || !values.REDIS_SENTINEL_NAME) return undefined;
  return {
    sentinels: values.REDIS_SENTINELS,
    name: values.REDIS_SENTINEL_NAME,
    ...(values.REDIS_SENTINEL_PASSWORD !== undefined && { sentinelPassword: values.REDIS_SENTINEL_PASSWORD }),
    ...credentials,
  };
}
