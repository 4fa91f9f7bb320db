import type { RedisClientOptions } from 'redis';
import type { Clock } from '../../clock.js';
import { askOnce, within } from './link.js';
import { clientOptions, type RedisAddress, type RedisTopology, type SentinelTopology } from './topology.js';
import { unavailable } from './unavailable.js';

/** The address of the one primary, queried before every attempt to connect. */
export async function locatePrimary(topology: RedisTopology, clock: Clock): Promise<RedisClientOptions> {
  if ('url' in topology) return { url: topology.url };
  if (!('sentinels' in topology)) throw new Error('A Redis Cluster has more than one primary');
  return clientOptions(await askSentinels(topology, clock), topology);
}

/**
 * The primary's address according to the Sentinels. All are queried at once and the newest
 * configuration counts: a Sentinel that was cut off, or has missed a fail-over, still names the
 * previous primary. Slow Sentinels are not waited for. Rejects with `server.unavailable` when none
 * knows a primary of that name.
 */
async function askSentinels(topology: SentinelTopology, clock: Clock): Promise<RedisAddress> {
  let newest: Named | undefined;
  const replies = topology.sentinels.map(async (sentinel) => {
    const named = await askSentinel(sentinel, topology, clock);
    if (!newest || named.epoch > newest.epoch) newest = named;
  });
  await Promise.any(replies).catch(() => {});
  if (!newest) throw unavailable(`No Sentinel knows the primary ${topology.name}`);
  await within(clock, OTHERS_WAIT, Promise.allSettled(replies)).catch(() => {});
  return newest.address;
}

interface Named {
  address: RedisAddress;
  /** Of the configuration: higher with each fail-over. */
  epoch: number;
}

/**
 * SENTINEL MASTER alone would suffice, but names the new primary only when all its replicas follow
 * it.
 */
async function askSentinel(sentinel: RedisAddress, topology: SentinelTopology, clock: Clock): Promise<Named> {
  const { name, sentinelPassword, tls } = topology;
  const [address, configuration] = await askOnce(clientOptions(sentinel, { password: sentinelPassword, tls }), clock, [
    ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name],
    ['SENTINEL', 'MASTER', name],
  ]);
  if (!Array.isArray(address) || address.length < 2) throw unavailable('This Sentinel does not know the primary');
  const { 'config-epoch': epoch } = configuration as { 'config-epoch'?: string };
  return { address: { host: String(address[0]), port: Number(address[1]) }, epoch: Number(epoch) || 0 };
}

/**
 * Milliseconds: enough for Sentinels on another continent, and short beside the seconds of a
 * fail-over.
 */
const OTHERS_WAIT = 200;
