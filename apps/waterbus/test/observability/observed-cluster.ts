import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { startPostgres } from '@waterbus/server-api/testing/postgres';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { OtlpCollector } from './otlp-collector.js';
import { Prometheus } from './prometheus.js';

/** A server with its ports of HTTP and metrics. */
export interface ObservedServer {
  http: number;
  metrics: number;
}

/**
 * One Server API and one Server WS on PostgreSQL and Redis, as processes of the build, beside a real
 * Prometheus and the double of a collector.
 */
export class ObservedCluster {
  readonly api: ObservedServer = { http: 0, metrics: 0 };
  readonly ws: ObservedServer = { http: 0, metrics: 0 };
  collector!: OtlpCollector;
  prometheus!: Prometheus;
  private readonly closings: (() => Promise<unknown>)[] = [];

  private constructor(private readonly folder: string) {
    this.closings.push(() => rm(folder, { recursive: true, force: true }));
  }

  static async start(): Promise<ObservedCluster> {
    const cluster = new ObservedCluster(await mkdtemp(path.join(tmpdir(), 'waterbus-metrics-')));
    try {
      await cluster.open();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const close of this.closings.splice(0).reverse()) await close();
  }

  /** The text of both servers. */
  async scrape(): Promise<string> {
    const answers = await Promise.all(
      [this.api, this.ws].map(({ metrics }) => fetch(`http://127.0.0.1:${metrics}/metrics`)),
    );
    return (await Promise.all(answers.map((answer) => answer.text()))).join('\n');
  }

  /** Starts participants with media. They leave at the end of the cluster. */
  load(words: readonly string[]): void {
    const url = `http://127.0.0.1:${this.api.http}`;
    this.keep(spawn(process.execPath, [MAIN, 'load', url, ...words], { stdio: 'ignore' }));
  }

  private async open(): Promise<void> {
    for (const server of [this.api, this.ws])
      Object.assign(server, { http: await freePort(), metrics: await freePort() });
    const prometheus = Prometheus.start(this.folder, [this.api.metrics, this.ws.metrics], RULES).then((started) => {
      this.prometheus = started;
      this.closings.push(() => started.close());
    });
    // Awaited below; an error before that must not end the process.
    prometheus.catch(() => {});
    const [redis, postgres] = await Promise.all([RedisServer.start(), startPostgres()]);
    this.closings.push(() => Promise.all([redis.close(), postgres.close()]));
    this.collector = await OtlpCollector.start();
    this.closings.push(async () => this.collector.close());
    const shared = {
      REDIS_URL: redis.url,
      SECRET: 'a secret that all servers of the test share',
      OTEL_EXPORTER_OTLP_ENDPOINT: this.collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    };
    const api = {
      DATABASE_URL: await postgres.newDatabase(),
      SIGNALLING_ORIGINS: `http://127.0.0.1:${this.ws.http}`,
      JOINS_PER_MINUTE: '1000',
    };
    const ws = { MEDIA_PORT: '0', MEDIA_WORKERS: '1' };
    await Promise.all([
      this.launch('api', this.api, { ...shared, ...api }),
      this.launch('ws', this.ws, { ...shared, ...ws }),
      prometheus,
    ]);
  }

  /** Resolves when the server is ready. */
  private async launch(command: string, server: ObservedServer, settings: Record<string, string>): Promise<void> {
    const environment = {
      HTTP_PORT: String(server.http),
      METRICS_PORT: String(server.metrics),
      ANNOUNCED_ADDRESSES: '127.0.0.1',
      DATA_DIR: path.join(this.folder, command),
      LOG_LEVEL: 'warn',
    };
    const { PATH } = process.env;
    const env = { PATH, ...environment, ...settings };
    const child = spawn(process.execPath, [MAIN, command], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.keep(child);
    let output = '';
    for await (const part of child.stdout) {
      output += String(part);
      if (output.includes('Ctrl-C ends it')) return;
    }
    throw new Error(`ended before it was ready: ${output}`);
  }

  private keep(child: ChildProcess): void {
    this.closings.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    });
  }
}

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The alert rules that operators load. */
export const RULES = fileURLToPath(new URL('../../../../deploy/prometheus/alerts.yaml', import.meta.url));
