import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlackholeProxy } from '../../../test/blackhole-proxy.js';
import { eventually, RedisServer, startSentinels } from '../../../test/redis-server.js';
import { type Clock, systemClock } from '../../clock.js';
import { CONNECT_TIMEOUT } from './link.js';
import { locatePrimary } from './primary.js';
import type { RedisAddress } from './topology.js';

let group: Awaited<ReturnType<typeof startSentinels>>;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  group = await startSentinels();
  opened.push(group);
});
afterAll(async () => {
  for (const one of opened.reverse()) await one.close();
});

/** The time to connect never expires here, and shorter waits end at once. */
const neverGivesUp: Clock = {
  ...systemClock,
  after: (milliseconds, callback) => (milliseconds < CONNECT_TIMEOUT ? systemClock.after(0, callback) : () => {}),
};

async function located(sentinels: RedisAddress[], clock: Clock = systemClock): Promise<number | undefined> {
  const { socket } = await locatePrimary({ ...group.topology, sentinels }, clock);
  return socket && 'port' in socket ? socket.port : undefined;
}

it('does not wait for a silent Sentinel, such as one on the lost host', async () => {
  const [first, ...others] = group.topology.sentinels;
  const silent = await BlackholeProxy.start(first!.port);
  opened.push(silent);
  silent.swallowing = true;
  expect(await located([silent.address, ...others], neverGivesUp)).toBe(group.primary.port);
});

it('rejects when no Sentinel knows the name', async () => {
  const unknown = { ...group.topology, name: 'another' };
  await expect(locatePrimary(unknown, systemClock)).rejects.toMatchObject({ code: 'server.unavailable' });
  await expect(located([])).rejects.toMatchObject({ code: 'server.unavailable' });
});

it('does not trust a Sentinel that has missed a fail-over', async () => {
  const { primary, replica, topology } = group;
  await primary.kill();
  await eventually(async () => (await located(topology.sentinels)) === replica.port);
  const late = await RedisServer.startSentinel(
    [`sentinel monitor ${topology.name} 127.0.0.1 ${primary.port} 9`],
    topology.sentinelPassword,
  );
  opened.push(late);
  expect(await located([late.address])).toBe(primary.port);
  expect(await located([late.address, ...topology.sentinels])).toBe(replica.port);
});
