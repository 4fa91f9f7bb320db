import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlackholeProxy } from '../../../test/blackhole-proxy.js';
import { RedisServer, startRedisCluster } from '../../../test/redis-server.js';
import { VirtualClock } from '../../../test/virtual-clock.js';
import { systemClock } from '../../clock.js';
import { locateSlots } from './topology.js';

let servers: RedisServer[];
let alone: RedisServer;
let silent: BlackholeProxy;

beforeAll(async () => {
  servers = await startRedisCluster();
  alone = await RedisServer.start();
  silent = await BlackholeProxy.start(alone.port);
  silent.swallowing = true;
});
afterAll(async () => {
  await silent.close();
  await Promise.all([alone, ...servers].map((server) => server.close()));
});

it('does not wait for a silent node of a Redis Cluster', async () => {
  // The clock stands still: no time limit expires.
  const clock = new VirtualClock();
  const ranges = await locateSlots([silent.address, alone.address, servers[0]!.address], {}, clock);
  expect(ranges.map(({ address }) => address.port).sort()).toEqual(servers.map(({ port }) => port).sort());
});

it('rejects when no node knows a Redis Cluster', async () => {
  const unavailable = { code: 'server.unavailable' };
  await expect(locateSlots([alone.address], {}, systemClock)).rejects.toMatchObject(unavailable);
  await expect(locateSlots([], {}, systemClock)).rejects.toMatchObject(unavailable);
});
