import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { createClient } from 'redis';

/** The shared secret of the members of a cluster in tests. */
export const TEST_SECRET = 'a secret that all members of a cluster share';

/** A real Redis server on a free port of the loopback interface, without persistence. */
export class RedisServer {
  #process: ChildProcess | undefined;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'waterbus-redis-'));

  private constructor(
    readonly port: number,
    private readonly settings: string[],
    private readonly password?: string,
  ) {}

  static async start(settings: string[] = [], password?: string): Promise<RedisServer> {
    const guard = password ? ['--requirepass', password, '--masterauth', password] : [];
    const server = new RedisServer(await freePort(), [...settings, ...guard], password);
    await server.start();
    return server;
  }

  /** A Sentinel: a server with a configuration file that it may write to. */
  static async startSentinel(lines: string[], password: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), [], password);
    const file = path.join(server.#folder, 'sentinel.conf');
    writeFileSync(file, `port ${server.port}\nbind 127.0.0.1\nrequirepass ${password}\n${lines.join('\n')}\n`);
    await server.#spawn([file, '--sentinel']);
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  async start(): Promise<void> {
    await this.#spawn([
      ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder],
      ...['--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes'],
      ...this.settings,
    ]);
  }

  async command(...args: string[]): Promise<unknown> {
    const client = createClient({ url: this.url, password: this.password, socket: { reconnectStrategy: false } });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }

  /** Ends the process as `kill -9` does; `start` starts it again, empty. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process || process.exitCode !== null) return;
    const exited = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await exited;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #spawn(args: string[]): Promise<void> {
    const process = spawn('redis-server', args, { stdio: ['ignore', 'ignore', 'ignore'] });
    this.#process = process;
    process.once('error', (error) => {
      throw error;
    });
    try {
      await eventually(async () => (await this.command('PING')) === 'PONG');
    } catch (error) {
      await this.close();
      throw error;
    }
  }
}

/** Three primaries that share the slots. None remains if they do not find each other. */
export async function startRedisCluster(): Promise<RedisServer[]> {
  const servers: RedisServer[] = [];
  try {
    await share(servers);
    return servers;
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
}

async function share(servers: RedisServer[]): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    servers.push(
      await RedisServer.start([
        ...['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())],
        ...['--cluster-node-timeout', '1000', '--cluster-config-file', 'nodes.conf'],
      ]),
    );
  }
  const third = Math.ceil(16_384 / 3);
  for (const [index, server] of servers.entries()) {
    const end = Math.min(16_383, (index + 1) * third - 1);
    await server.command('CLUSTER', 'ADDSLOTSRANGE', String(index * third), String(end));
    await server.command('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  }
  const [first] = servers;
  if (!first) throw new Error('three servers');
  // A handshake that takes longer than the time-out is dropped, so it is started again then.
  let metAt = Number.NEGATIVE_INFINITY;
  await eventually(async () => {
    const infos = await Promise.all(servers.map((server) => server.command('CLUSTER', 'INFO')));
    if (infos.every((info) => String(info).includes('cluster_known_nodes:3'))) return true;
    if (performance.now() - metAt > 3000) {
      metAt = performance.now();
      for (const server of servers.slice(1)) {
        await server.command('CLUSTER', 'MEET', '127.0.0.1', String(first.port), await busPort(first));
      }
    }
    return false;
  });
  for (const server of servers) {
    await eventually(async () => String(await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    // A primary that has seen too few others waits for the time-out before it serves: short until
    // here, long enough for a busy machine from here.
    await server.command('CONFIG', 'SET', 'cluster-node-timeout', '5000');
  }
}

/** A primary, a replica and three Sentinels that agree by two, each kind with a password. */
export async function startSentinels() {
  const [password, sentinelPassword] = ['a-secret', 'another-secret'];
  const primary = await RedisServer.start([], password);
  const replica = await RedisServer.start(['--replicaof', '127.0.0.1', String(primary.port)], password);
  await eventually(async () => String(await replica.command('INFO', 'replication')).includes('master_link_status:up'));
  const sentinels: RedisServer[] = [];
  for (let count = 0; count < 3; count += 1) {
    sentinels.push(
      await RedisServer.startSentinel(
        [
          `sentinel monitor waterbus 127.0.0.1 ${primary.port} 2`,
          `sentinel auth-pass waterbus ${password}`,
          `sentinel sentinel-pass ${sentinelPassword}`,
          'sentinel down-after-milliseconds waterbus 1000',
          'sentinel failover-timeout waterbus 5000',
        ],
        sentinelPassword,
      ),
    );
  }
  for (const sentinel of sentinels) {
    await eventually(async () => {
      const info = String(await sentinel.command('INFO', 'sentinel'));
      return info.includes('slaves=1') && info.includes('sentinels=3');
    });
  }
  const servers = [primary, replica, ...sentinels];
  return {
    primary,
    replica,
    topology: {
      sentinels: sentinels.map(({ address }) => address),
      name: 'waterbus',
      password,
      sentinelPassword,
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Repeats the check until it is true; rejects after a minute. */
export async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 60_000; ; ) {
    let failure: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > end) throw failure ?? new Error(`The condition did not hold in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function busPort(server: RedisServer): Promise<string> {
  const nodes = String(await server.command('CLUSTER', 'NODES'));
  return /@(\d+)/.exec(nodes.split('\n').find((line) => line.includes('myself')) ?? '')?.[1] ?? '';
}
