import { createClient, type RedisClientOptions } from 'redis';
import { type Clock, systemClock } from '../clock.js';
import { CONNECT_TIMEOUT } from './connection/link.js';
import { locatePrimary } from './connection/primary.js';
import { clientOptions, locateSlots, type RedisTopology } from './connection/topology.js';

/** The properties of a Redis server that matter to an operator. */
export interface RedisReport {
  version: string;
  /** Milliseconds of one command on an open connection. */
  latency: number;
  /** The server's clock minus this machine's, milliseconds. */
  clockOffset: number;
  /** Whether a restart of Redis keeps the records on their way to the database. */
  persistent: boolean;
  /** Undefined where this user may not read it. */
  evictionPolicy: string | undefined;
}

/** Examines the primary, or the first one of a Redis Cluster. Rejects when it does not answer. */
export async function examineRedis(topology: RedisTopology, clock: Clock = systemClock): Promise<RedisReport> {
  const { socket, ...options } = await optionsOf(topology, clock);
  const once = { ...socket, reconnectStrategy: false, connectTimeout: CONNECT_TIMEOUT } as never;
  const client = createClient({ ...options, RESP: 2, socket: once, commandOptions: { timeout: CONNECT_TIMEOUT } });
  client.on('error', () => {});
  const ask = (...command: string[]): Promise<unknown> => client.sendCommand(command);
  try {
    await client.connect();
    const fields = fieldsOf(String(await ask('INFO')));
    const start = clock.now();
    for (let times = 0; times < PINGS; times++) await ask('PING');
    const latency = (clock.now() - start) / PINGS;
    const before = clock.date();
    const [seconds, microseconds] = ((await ask('TIME')) as unknown[]).map(Number);
    const here = (before + clock.date()) / 2;
    const policy = await ask('CONFIG', 'GET', 'maxmemory-policy').catch(() => undefined);
    return {
      version: fields.get('redis_version') ?? 'unknown',
      latency,
      clockOffset: Number(seconds) * 1000 + Number(microseconds) / 1000 - here,
      persistent: fields.get('aof_enabled') === '1',
      evictionPolicy: Array.isArray(policy) ? String(policy[1]) : undefined,
    };
  } finally {
    client.destroy();
  }
}

async function optionsOf(topology: RedisTopology, clock: Clock): Promise<RedisClientOptions> {
  if (!('clusterNodes' in topology)) return locatePrimary(topology, clock);
  const [first] = await locateSlots(topology.clusterNodes, topology, clock);
  return clientOptions(first?.address ?? { host: '', port: 0 }, topology);
}

function fieldsOf(info: string): Map<string, string> {
  const lines = info.split(/\r?\n/).map((line) => /^([a-z_]+):(.*)$/.exec(line));
  return new Map(lines.flatMap((line) => (line ? [[line[1] ?? '', line[2] ?? '']] : [])));
}

const PINGS = 6;
