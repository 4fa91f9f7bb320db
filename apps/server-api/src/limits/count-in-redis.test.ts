import { randomUUID } from 'node:crypto';
import { createRedisCluster, type RedisCluster } from '@waterbus/cluster';
import { RedisServer, startRedisCluster, startSentinels, TEST_SECRET } from '@waterbus/cluster/testing/redis-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAddress, newDataFolder, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { defaultLimits } from './limits.js';

type Topology = Parameters<typeof createRedisCluster>[0]['redis'];

/** Meetings that one address may create in a period. */
const COUNT = 5;
const create = { count: COUNT, period: 600_000 };

const opened: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
});

/** A Server API with a database of its own, over this Redis. */
async function newServer(redis: Topology, keyPrefix: string): Promise<ServerUnderTest & { member: RedisCluster }> {
  const member = await createRedisCluster({ redis, secret: TEST_SECRET, keyPrefix });
  const limits = { ...defaultLimits, create };
  const server = await startServer({ cluster: member, limits, dataDir: await newDataFolder() });
  opened.push(member, server);
  return { ...server, member };
}

async function creates(server: ServerUnderTest, remoteAddress: string, times: number): Promise<number[]> {
  const requested = Array.from({ length: times }, () =>
    server.api.fastify.inject({ method: 'POST', url: '/v1/meetings', payload: { title: 'Planning' }, remoteAddress }),
  );
  return (await Promise.all(requested)).map(({ statusCode }) => statusCode);
}

const allowed = (statuses: number[]) => statuses.filter((status) => status === 201).length;

describe.each([
  [
    'one server',
    async () => {
      const server = await RedisServer.start();
      opened.push(server);
      return { url: server.url };
    },
  ],
  [
    'a primary behind Sentinels',
    async () => {
      const group = await startSentinels();
      opened.push(group);
      return group.topology;
    },
  ],
  [
    'a Redis Cluster',
    async () => {
      const servers = await startRedisCluster();
      opened.push(...servers);
      return { clusterNodes: servers.map(({ address }) => address) };
    },
  ],
])('limits of two Server APIs over %s', (_, startRedis: () => Promise<Topology>) => {
  const keyPrefix = `test-${randomUUID()}:`;
  let redis: Topology;
  let servers: [ServerUnderTest, ServerUnderTest];
  beforeAll(async () => {
    redis = await startRedis();
    servers = [await newServer(redis, keyPrefix), await newServer(redis, keyPrefix)];
  }, STARTING);

  it('are counted together: two processes allow as much as one', async () => {
    const address = newAddress();
    const statuses = (await Promise.all(servers.map((server) => creates(server, address, COUNT)))).flat();
    expect(allowed(statuses)).toBe(COUNT);
    expect(statuses.filter((status) => status === 429)).toHaveLength(COUNT);
  });

  it('do not apply to any other address', async () => {
    expect(await creates(servers[1], newAddress(), COUNT)).toEqual(Array(COUNT).fill(201));
  });

  it(
    'outlive a process',
    async () => {
      const address = newAddress();
      await creates(servers[0], address, COUNT);
      expect(await creates(await newServer(redis, keyPrefix), address, 1)).toEqual([429]);
    },
    STARTING,
  );
});

describe('limits while Redis is unreachable', () => {
  it(
    'are counted in memory: permitted requests pass, and a limit still applies',
    async () => {
      const redis = await RedisServer.start();
      opened.push(redis);
      const server = await newServer({ url: redis.url }, 'test:');
      const address = newAddress();
      expect(await creates(server, address, 1)).toEqual([201]);
      await redis.kill();
      expect(allowed(await creates(server, address, 2 * COUNT))).toBe(COUNT);
      expect(allowed(await creates(server, newAddress(), COUNT))).toBe(COUNT);
    },
    STARTING,
  );

  it(
    'delay a request only briefly when it stalls',
    async () => {
      const redis = await RedisServer.start();
      opened.push(redis);
      const server = await newServer({ url: redis.url }, 'test:');
      // Redis executes every later command only after this one.
      const stalled = redis.command('CLIENT', 'PAUSE', '60000', 'ALL');
      await stalled;
      let done = false;
      const asking = creates(server, newAddress(), 1).finally(() => {
        done = true;
      });
      while (!done) await server.clock.advance(100);
      expect(await asking).toEqual([201]);
    },
    STARTING,
  );

  it(
    'store no address and no account in Redis',
    async () => {
      const redis = await RedisServer.start();
      opened.push(redis);
      const server = await newServer({ url: redis.url }, 'test:');
      const address = newAddress();
      await creates(server, address, 1);
      const names = (await redis.command('KEYS', '*limit*')) as string[];
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => name.includes(address))).toEqual([]);
      expect(names.every((name) => /^test:\{shared:limit:[A-Za-z]+:[\w-]{43}\}$/.test(name))).toBe(true);
    },
    STARTING,
  );
});
