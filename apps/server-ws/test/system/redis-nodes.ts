import { createRedisCluster, type RedisCluster } from '@waterbus/cluster';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import type { ServerWsOptions } from '../../src/options.js';
import { FakeMediaHost } from './fake-media-host.js';
import { type Node, SECRET, startNode } from './signalling.js';

export type RedisNode = Node<FakeMediaHost, RedisCluster>;

/** Two nodes over a Redis of their own, in real time. */
export async function startRedisNodes(settings: string[] = [], options: Pick<Partial<ServerWsOptions>, 'clock'> = {}) {
  const opened: { close(): Promise<void> }[] = [];
  const redis = await RedisServer.start(settings);
  opened.push(redis);
  const node = async (nodeId: string): Promise<RedisNode> => {
    const cluster = await createRedisCluster({ redis: { url: redis.url }, secret: SECRET });
    opened.push(cluster);
    const mediaHost = new FakeMediaHost(`${nodeId}-media-0`);
    const started = await startNode({
      nodeId,
      mediaHost,
      cluster,
      graceTime: GRACE_TIME,
      limits: UNLIMITED,
      ...options,
    });
    opened.push(started);
    return started;
  };
  const nodes: [RedisNode, RedisNode] = [await node('ws-1'), await node('ws-2')];
  return {
    redis,
    nodes,
    close: async () => {
      for (const one of opened.reverse()) await one.close();
    },
  };
}

/** Retries while Redis is away are faster than people are. */
const UNLIMITED = { requestsPerSecond: 1e6, requestBurst: 1e6 };

/** Milliseconds: tests wait for its end. */
const GRACE_TIME = 500;
