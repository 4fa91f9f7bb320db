import type { RedisClientOptions } from 'redis';
import type { Clock } from '../../clock.js';
import { askOnce } from './link.js';
import { unavailable } from './unavailable.js';

export interface RedisAddress {
  host: string;
  port: number;
}

interface Credentials {
  username?: string;
  password?: string;
  /** TLS to Redis; NODE_EXTRA_CA_CERTS gives a private authority. */
  tls?: boolean;
}

export interface SentinelTopology extends Credentials {
  sentinels: RedisAddress[];
  /** The primary's name with the Sentinels. */
  name: string;
  sentinelPassword?: string;
}

/** The location of Redis: one server, a primary behind Sentinels, or a Redis Cluster. */
export type RedisTopology =
  | { /** `redis[s]://[user[:password]@]host[:port]` */ url: string }
  | SentinelTopology
  | ({ /** Any of the Cluster's nodes; they name the others. */ clusterNodes: RedisAddress[] } & Credentials);

export interface SlotRange {
  start: number;
  end: number;
  address: RedisAddress;
}

/**
 * The primaries by slot: all nodes are queried, and the first one that answers with slots counts.
 * Rejects with `server.unavailable` when none does.
 */
export async function locateSlots(
  nodes: readonly RedisAddress[],
  credentials: Credentials,
  clock: Clock,
): Promise<SlotRange[]> {
  const answers = nodes.map(async (node) => {
    const [reply] = await askOnce(clientOptions(node, credentials), clock, [['CLUSTER', 'SLOTS']]);
    const ranges = readSlots(reply, node);
    if (ranges.length === 0) throw unavailable('This server knows of no Redis Cluster');
    return ranges;
  });
  return Promise.any(answers).catch(() => {
    throw unavailable('No node of the Redis Cluster answers');
  });
}

/** Parses the reply to CLUSTER SLOTS of a node that was queried at this address. */
export function readSlots(reply: unknown, source: RedisAddress): SlotRange[] {
  return Array.isArray(reply) ? reply.flatMap((range) => readRange(range, source)) : [];
}

export function clientOptions(address: RedisAddress, { username, password, tls }: Credentials): RedisClientOptions {
  const socket: RedisClientOptions['socket'] = tls ? { ...address, tls: true } : { ...address };
  return { socket, username, password };
}

/** A node without its own name means the address at which it was queried. */
function readRange(range: unknown, source: RedisAddress): SlotRange[] {
  if (!Array.isArray(range) || !Array.isArray(range[2])) return [];
  const [start, end] = [Number(range[0]), Number(range[1])];
  const host = range[2][0] ? String(range[2][0]) : source.host;
  const port = Number(range[2][1]);
  return Number.isInteger(start) && Number.isInteger(end) && port > 0 ? [{ start, end, address: { host, port } }] : [];
}
