import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RedisTopology } from '@waterbus/cluster';
import { BlackholeProxy } from '@waterbus/cluster/testing/blackhole-proxy';
import { eventually, RedisServer, startSentinels } from '@waterbus/cluster/testing/redis-server';
import { type PostgresUnderTest, startPostgres } from '@waterbus/server-api/testing/postgres';
import { freePort, freePorts } from '@waterbus/stun/testing/free-ports';
import { childrenOf, MAIN, mediaWorkerAmong, ready, runProcess, type ServerProcess } from './processes.js';

/**
 * A cluster as a team would run it, on this machine: PostgreSQL, Redis, 2 Server APIs, 3 Server WS
 * (each with a media worker and a UDP port of its own), and HAProxy on one public port without
 * sticky sessions.
 */
export interface RunningCluster {
  readonly url: string;
  readonly httpPort: number;
  readonly apis: readonly Member[];
  /** The Server WS, each with a separate path to Redis. */
  readonly nodes: readonly WsMember[];
  readonly balancer: ServerProcess;
  readonly postgres: PostgresUnderTest;
  readonly redis: RedisUnderTest;
  /** `SECRET` of all servers. */
  readonly secret: string;
  /** Ends all processes; returns the failures of those that were still running. */
  close(): Promise<string[]>;
}

/**
 * One of the servers. Its process may be ended and restarted: it is then another node on the same
 * ports.
 */
export interface Member extends ServerProcess {
  readonly name: string;
  /** Its own address, behind the balancer. */
  readonly origin: string;
  /** Restarts an ended process; resolves when it is ready. */
  start(): Promise<void>;
}

export interface WsMember extends Member {
  /** Its id in the cluster, a new one for each start. */
  readonly nodeId: string;
  readonly redisProxy: BlackholeProxy | undefined;
  /** Process ids of its media workers, including the standby. */
  mediaWorkers(): Promise<number[]>;
  mediaWorker(mediaNodeId: string): Promise<number>;
}

export interface RedisUnderTest {
  /** The address for members without a proxy. */
  readonly url: string;
  /** The topology in the settings of the members. */
  readonly topology: RedisTopology;
  /** The single server, or the initial primary. */
  readonly server: RedisServer;
  /** Behind Sentinels: the current primary and its replica. */
  roles(): Promise<[RedisServer, RedisServer]>;
  close(): Promise<void>;
}

export interface ClusterOptions {
  httpPort?: number;
  /** The port of the first Server WS; the others follow. */
  mediaPort?: number;
  /**
   * With three Sentinels there are no proxies, because the Sentinels announce the address
   * themselves.
   */
  redis?: 'single' | 'sentinels';
  /** Settings of all servers. */
  settings?: Record<string, string>;
}

export async function startCluster(options: ClusterOptions = {}): Promise<RunningCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-cluster-'));
  const opened: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const keep = <T extends { close(): Promise<unknown> }>(part: T): T => {
    opened.push(() => part.close());
    return part;
  };
  try {
    const httpPort = options.httpPort ?? (await freePort());
    const mediaPort = options.mediaPort ?? (await freePorts(NODES));
    const postgres = keep(await startPostgres());
    const { redis, settings: redisSettings } = await startRedis(options.redis ?? 'single');
    keep(redis);
    const shared = {
      DATABASE_URL: await postgres.newDatabase(),
      ...redisSettings,
      SECRET: randomBytes(32).toString('hex'),
      DATA_DIR: path.join(folder, 'data'),
      LOG_LEVEL: 'info',
      TRUSTED_PROXIES: '127.0.0.1',
      MEDIA_WORKERS: '1',
      ...options.settings,
    };
    const apis = await inTurn(APIS, async (index) => {
      const name = `api-${index + 1}`;
      return startMember(name, 'api', await freePort(), () => shared);
    });
    const nodes = await inTurn(NODES, async (index) => {
      const proxy = options.redis === 'sentinels' ? undefined : keep(await BlackholeProxy.start(redis.server.port));
      return startWsMember(`ws-${index + 1}`, await freePort(), proxy, {
        ...shared,
        MEDIA_PORT: String(mediaPort + index),
        ...(proxy && { REDIS_URL: proxy.url }),
      });
    });
    const balancer = await startBalancer(httpPort, [...apis, ...nodes]);
    return {
      url: `http://localhost:${httpPort}`,
      httpPort,
      apis,
      nodes,
      balancer,
      postgres,
      redis,
      secret: shared.SECRET,
      close: async () => {
        // The servers of the users end first, the data last. SIGINT ends a Server WS without a
        // drain.
        const failures: string[] = [];
        for (const [group, signal] of [
          [[balancer], 'SIGTERM'],
          [nodes, 'SIGINT'],
          [apis, 'SIGTERM'],
        ] as const) {
          failures.push(...(await Promise.all(group.map((server) => endOf(server, signal)))).flat());
        }
        for (const closeOne of opened.splice(0).reverse()) await closeOne();
        return failures;
      },
    };
  } catch (error) {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
    throw error;
  }

  async function startMember(
    name: string,
    command: 'api' | 'ws',
    port: number,
    settings: (start: number) => Record<string, string>,
  ): Promise<Member> {
    const origin = `http://127.0.0.1:${port}`;
    let starts = 0;
    let server: ServerProcess;
    const start = async () => {
      starts += 1;
      const own = { ...process.env, ...settings(starts), HTTP_PORT: String(port) };
      server = runProcess(process.execPath, [MAIN, command], own);
      await ready(`${origin}/readyz`, server);
    };
    await start();
    const member: Member = {
      name,
      origin,
      start,
      get pid() {
        return server.pid;
      },
      get ended() {
        return server.ended;
      },
      output: () => server.output(),
      running: () => server.running(),
      signal: (signal) => server.signal(signal),
    };
    opened.push(async () => {
      if (server.running()) server.signal('SIGKILL');
      await server.ended;
    });
    return member;
  }

  async function startWsMember(
    name: string,
    port: number,
    redisProxy: BlackholeProxy | undefined,
    settings: Record<string, string>,
  ): Promise<WsMember> {
    let nodeId = name;
    const member = await startMember(name, 'ws', port, (start) => {
      // The lease of a killed node lasts for some seconds, so that the next start needs another id.
      nodeId = start === 1 ? name : `${name}-${start}`;
      return { ...settings, NODE_ID: nodeId };
    });
    return Object.defineProperties({} as WsMember, {
      ...Object.getOwnPropertyDescriptors(member),
      ...Object.getOwnPropertyDescriptors({
        redisProxy,
        get nodeId() {
          return nodeId;
        },
        mediaWorkers: () => childrenOf(member.pid),
        mediaWorker: async (mediaNodeId: string) => mediaWorkerAmong(await childrenOf(member.pid), mediaNodeId),
      }),
    });
  }
}

async function startRedis(
  kind: 'single' | 'sentinels',
): Promise<{ redis: RedisUnderTest; settings: Record<string, string> }> {
  if (kind === 'single') {
    const server = await RedisServer.start();
    return {
      redis: {
        url: server.url,
        topology: { url: server.url },
        server,
        roles: () => rolesOf([server]),
        close: () => server.close(),
      },
      settings: { REDIS_URL: server.url },
    };
  }
  const { primary, replica, topology, close } = await startSentinels();
  return {
    redis: { url: primary.url, topology, server: primary, roles: () => rolesOf([primary, replica]), close },
    settings: {
      REDIS_SENTINELS: topology.sentinels.map(({ host, port }) => `${host}:${port}`).join(','),
      REDIS_SENTINEL_NAME: topology.name,
      REDIS_PASSWORD: topology.password,
      REDIS_SENTINEL_PASSWORD: topology.sentinelPassword,
    },
  };
}

/** Waits for a primary and a replica that follows it. */
async function rolesOf(servers: RedisServer[]): Promise<[RedisServer, RedisServer]> {
  let primary: RedisServer | undefined;
  let replica: RedisServer | undefined;
  await eventually(async () => {
    [primary, replica] = [undefined, undefined];
    for (const server of servers) {
      const info = String(await server.command('INFO', 'replication'));
      if (info.includes('role:master')) primary = server;
      else if (info.includes('master_link_status:up')) replica = server;
    }
    return primary !== undefined && replica !== undefined;
  });
  return [primary!, replica!];
}

async function startBalancer(httpPort: number, members: Member[]): Promise<ServerProcess> {
  const addresses = members.map(({ name, origin }) => [
    name.toUpperCase().replace('-', '_'),
    origin.replace('http://', ''),
  ]);
  const balancer = runProcess('/usr/sbin/haproxy', ['-db', '-f', CONFIGURATION], {
    ...process.env,
    ...Object.fromEntries(addresses),
    PUBLIC: `*:${httpPort}`,
  });
  try {
    await ready(`http://localhost:${httpPort}/readyz`, balancer);
  } catch (error) {
    if (balancer.running()) balancer.signal('SIGKILL');
    throw error;
  }
  return balancer;
}

/** Ends a running server; returns its failure, or nothing after a clean end. */
async function endOf(server: ServerProcess, signal: 'SIGINT' | 'SIGTERM'): Promise<string[]> {
  if (!server.running()) return [];
  server.signal('SIGCONT');
  server.signal(signal);
  const end = await server.ended;
  // HAProxy ends by the signal itself.
  return end === 0 || end === signal
    ? []
    : [`process ${server.pid} ended with ${end}:\n${server.output().slice(-5000)}`];
}

async function inTurn<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}

/** The numbers in deploy/haproxy/haproxy.cfg. */
const APIS = 2;
const NODES = 3;

const CONFIGURATION = fileURLToPath(new URL('../../deploy/haproxy/haproxy.cfg', import.meta.url));
