import { afterAll, beforeAll, describe } from 'vitest';
import { clusterContract } from '../../test/contract/cluster-contract.js';
import { RedisServer, startRedisCluster, startSentinels } from '../../test/redis-server.js';
import { redisUnderTest } from '../../test/redis-under-test.js';

/** Milliseconds: the limit for three processes to find each other. */
const STARTING = 30_000;

describe('one server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.close());

  clusterContract('Redis', async () => redisUnderTest({ url: server.url }));
});

describe('one server, as a user with the rights in docs/clustering.md', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
    const rights = ['~test-*', '&test-*', '+@all', '-@admin', '-@dangerous', '+info', '+role'];
    await server.command('ACL', 'SETUSER', 'waterbus', 'on', '>secret', ...rights);
  });
  afterAll(() => server.close());

  clusterContract('Redis with an ACL', async () =>
    redisUnderTest({ url: server.url.replace('//', '//waterbus:secret@') }),
  );
});

describe('three primaries that share the slots', () => {
  let servers: RedisServer[] = [];
  beforeAll(async () => {
    servers = await startRedisCluster();
  }, STARTING);
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  clusterContract('Redis Cluster', async () => redisUnderTest({ clusterNodes: servers.map(({ address }) => address) }));
});

describe('a primary behind Sentinels', () => {
  let group: Awaited<ReturnType<typeof startSentinels>>;
  beforeAll(async () => {
    group = await startSentinels();
  }, STARTING);
  afterAll(() => group.close());

  clusterContract('Redis Sentinel', async () => redisUnderTest(group.topology));
});
