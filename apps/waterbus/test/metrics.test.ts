import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { type PostgresUnderTest, startPostgres } from '@waterbus/server-api/testing/postgres';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../src/metrics/catalogue.js';

/**
 * A real Prometheus beside a cluster of one Server API and one Server WS, and the files of deploy/
 * that use their metrics. Requires the build, as `npm test` makes it.
 */
const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const RULES = path.join(DEPLOY, 'prometheus/alerts.yaml');
const RULE_TESTS = path.join(DEPLOY, 'prometheus/alerts.test.yaml');
const STARTING = 120_000;

const children: ChildProcess[] = [];
let folder: string;
let redis: RedisServer;
let postgres: PostgresUnderTest;
let prometheus: string;
/** The metrics that the servers have, by their names. */
let scraped: Set<string>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'waterbus-metrics-'));
  [redis, postgres] = await Promise.all([RedisServer.start(), startPostgres()]);
  const shared = { REDIS_URL: redis.url, SECRET: 'a secret that all servers of the test share' };
  const api = await launch('api', { ...shared, DATABASE_URL: await postgres.newDatabase() });
  const ws = await launch('ws', { ...shared, MEDIA_PORT: String(await freePort()), MEDIA_WORKERS: '1' });
  await fetch(`http://127.0.0.1:${api.http}/v1/meetings`, { method: 'POST' });
  const texts = await Promise.all([api, ws].map(async ({ metrics }) => (await scrape(metrics)).text()));
  scraped = new Set(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name!)));
  prometheus = await startPrometheus([api.metrics, ws.metrics]);
}, STARTING);
afterAll(async () => {
  for (const child of children.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  await Promise.all([redis?.close(), postgres?.close()]);
  await rm(folder, { recursive: true, force: true });
});

it('the servers have every metric of the catalogue between them', () => {
  const names = catalogue.flatMap(({ series }) => series.map(({ name }) => name));
  expect(names.filter((name) => !scraped.has(name))).toEqual([]);
  expect(scraped).toContain('nodejs_eventloop_lag_p99_seconds');
});

it('Prometheus reads both servers', { timeout: STARTING }, async () => {
  const up = () => query('sum(up{job="waterbus"})');
  await expect.poll(async () => numberOf(await up()), { timeout: 60_000 }).toBe(2);
  const workers = () => query('sum(waterbus_media_workers) + sum(waterbus_redis_up)');
  await expect.poll(async () => numberOf(await workers()), { timeout: 60_000 }).toBe(3);
});

it('every query of the dashboard is one of existing metrics, and Prometheus answers it', async () => {
  const queries = await dashboardQueries();
  expect(queries.length).toBeGreaterThan(40);
  expect(queries.flatMap(metricsIn).filter((name) => !scraped.has(name))).toEqual([]);
  for (const expression of queries) expect(await query(expression), expression).toMatchObject({ status: 'success' });
});

it('every alert is one of existing metrics, and Prometheus has loaded it', async () => {
  const rules = await alerts();
  expect(rules.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !scraped.has(name))).toEqual([]);
  const answer = await fetch(`${prometheus}/api/v1/rules`);
  const { data } = (await answer.json()) as { data: { groups: { rules: { name: string; health: string }[] }[] } };
  const loaded = data.groups.flatMap((group) => group.rules);
  expect(loaded.map(({ name }) => name)).toEqual(rules.map(({ alert }) => alert));
  expect(loaded.filter(({ health }) => health === 'err')).toEqual([]);
});

it('each alert fires when it should, and only then', { timeout: STARTING }, async () => {
  await run('promtool', ['check', 'rules', RULES]);
  await run('promtool', ['test', 'rules', RULE_TESTS]);
  await run('promtool', ['check', 'config', path.join(DEPLOY, 'prometheus/prometheus.yaml')]);
  const { tests } = parse(await readFile(RULE_TESTS, 'utf8')) as { tests: { name: string }[] };
  const played = (await alerts()).flatMap(({ alert }) => [`${alert} fires`, `${alert} is silent`]);
  expect(tests.map(({ name }) => name)).toEqual(played);
});

it('a renamed metric would be found', () => {
  expect(metricsIn('sum by (worker) (rate(waterbus_media_gone_total{cause="x"}[1m]))')).toEqual([
    'waterbus_media_gone_total',
  ]);
  expect(scraped).not.toContain('waterbus_media_gone_total');
});

async function alerts(): Promise<{ alert: string; expr: string }[]> {
  const { groups } = parse(await readFile(RULES, 'utf8')) as { groups: { rules: { alert: string; expr: string }[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

async function dashboardQueries(): Promise<string[]> {
  const text = await readFile(path.join(DEPLOY, 'grafana/waterbus.json'), 'utf8');
  const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  return expressions.map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'));
}

/** Without the suffixes of a histogram's series. */
function metricsIn(expression: string): string[] {
  const names = expression.replace(/"[^"]*"/g, '').match(/\b(?:waterbus|nodejs|process)_\w+/g) ?? [];
  return names.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''));
}

interface QueryAnswer {
  status: string;
  data?: { result: { value: [number, string] }[] };
}

async function query(expression: string): Promise<QueryAnswer> {
  const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
  return (await answer.json()) as QueryAnswer;
}

function numberOf({ data }: QueryAnswer): number {
  return Number(data?.result[0]?.value[1] ?? Number.NaN);
}

async function scrape(port: number): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/metrics`);
}

/** A server of the cluster; resolves when it is ready. */
async function launch(command: string, settings: Record<string, string>): Promise<{ http: number; metrics: number }> {
  const [http, metrics] = [await freePort(), await freePort()];
  const environment = { HTTP_PORT: String(http), METRICS_PORT: String(metrics), ANNOUNCED_ADDRESSES: '127.0.0.1' };
  const { PATH } = process.env;
  const child = spawn(process.execPath, [MAIN, command], {
    env: { PATH, LOG_LEVEL: 'warn', DATA_DIR: path.join(folder, command), ...environment, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await printed(child, 'Ctrl-C ends it');
  return { http, metrics };
}

async function startPrometheus(targets: number[]): Promise<string> {
  const port = await freePort();
  const file = path.join(folder, 'prometheus.json');
  const jobs = [
    { job_name: 'waterbus', static_configs: [{ targets: targets.map((target) => `127.0.0.1:${target}`) }] },
  ];
  const intervals = { scrape_interval: '1s', evaluation_interval: '1s' };
  await writeFile(file, JSON.stringify({ global: intervals, rule_files: [RULES], scrape_configs: jobs }));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200), { timeout: 60_000 });
  return url;
}

async function printed(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  for await (const part of child.stdout!) {
    output += String(part);
    if (output.includes(text)) return;
  }
  throw new Error(`ended before it was ready: ${output}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
