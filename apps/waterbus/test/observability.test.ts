import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { type CreateMeetingResponse, PROTOCOL_VERSION, SIGNALLING_PATH } from '@waterbus/protocol';
import { type PostgresUnderTest, startPostgres } from '@waterbus/server-api/testing/postgres';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../src/metrics/catalogue.js';
import { type CollectedSpan, OtlpCollector } from './otlp-collector.js';

/**
 * A real Prometheus and the double of a collector beside a cluster of one Server API and one Server
 * WS, and the files of deploy/ that use their metrics. Requires the build, as `npm test` makes it.
 */
const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const RULES = path.join(DEPLOY, 'prometheus/alerts.yaml');
const RULE_TESTS = path.join(DEPLOY, 'prometheus/alerts.test.yaml');
const STARTING = 120_000;

const children: ChildProcess[] = [];
let folder: string;
let collector: OtlpCollector;
let redis: RedisServer;
let postgres: PostgresUnderTest;
let prometheus: string;
let api: Launched;
let ws: Launched;
/** The metrics that the servers have, by their names. */
let scraped: Set<string>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'waterbus-metrics-'));
  [redis, postgres, collector] = await Promise.all([RedisServer.start(), startPostgres(), OtlpCollector.start()]);
  const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' };
  const shared = { REDIS_URL: redis.url, SECRET: 'a secret that all servers of the test share', ...traces };
  api = await launch('api', { ...shared, DATABASE_URL: await postgres.newDatabase() });
  ws = await launch('ws', { ...shared, MEDIA_PORT: String(await freePort()), MEDIA_WORKERS: '1' });
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
  collector?.close();
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

it('a join is one trace over API, Redis, Server WS and media worker, without personal data', async () => {
  const { code, token, socket } = await join('Ada Lovelace');
  const named = (name: string) => collector.spans.find((span) => span.name === name);
  await vi.waitFor(() => expect(named('worker openTransport') && named('ws join') && named('api join')).toBeDefined());
  socket.disconnect();
  const [root, joined, opened] = [named('api join')!, named('ws join')!, named('worker openTransport')!];
  expect(root.parentSpanId).toBeUndefined();
  expect(joined.parentSpanId).toBe(root.spanId);
  const ids = new Set(collector.spans.map(({ spanId }) => spanId));
  const others = collector.spans.filter((span) => span !== root);
  expect(others.filter(({ parentSpanId }) => !ids.has(parentSpanId!))).toEqual([]);
  expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([root.traceId]));
  const below = (above: CollectedSpan) => collector.spans.filter(({ parentSpanId }) => parentSpanId === above.spanId);
  const namesBelow = (above: CollectedSpan) => below(above).map(({ name }) => name);
  expect(namesBelow(root)).toEqual(expect.arrayContaining(['postgresql SELECT meetings', 'redis HGETALL', 'ws join']));
  expect(namesBelow(joined)).toEqual(expect.arrayContaining(['redis EVALSHA', 'redis SET']));
  expect(namesBelow(opened)).toEqual(['engine openTransport']);
  for (const secret of ['Ada', 'Lovelace', token, code, '127.0.0.1', 'eyJ']) {
    expect(collector.bodies.join()).not.toContain(secret);
  }
});

it('a renamed metric would be found', () => {
  expect(metricsIn('sum by (worker) (rate(waterbus_media_gone_total{cause="x"}[1m]))')).toEqual([
    'waterbus_media_gone_total',
  ]);
  expect(scraped).not.toContain('waterbus_media_gone_total');
});

/** Joins a meeting with a transport for sending. */
async function join(name: string): Promise<{ code: string; token: string; socket: Socket }> {
  const meetings = `http://127.0.0.1:${api.http}/v1/meetings`;
  const { meeting, hostToken } = await post<CreateMeetingResponse>(meetings, { title: 'Planning' });
  const { code } = meeting;
  const { token } = await post<{ token: string }>(`${meetings}/${code}/join`, { name, hostToken });
  const socket = io(`http://127.0.0.1:${ws.http}`, { path: SIGNALLING_PATH, transports: ['websocket'] });
  const request = { token, protocolVersion: PROTOCOL_VERSION, media: { send: true } };
  expect(await socket.emitWithAck('join', request)).toMatchObject({ ok: true, data: { media: { send: {} } } });
  return { code, token, socket };
}

async function post<T>(url: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as T;
}

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

interface Launched {
  http: number;
  metrics: number;
}

/** A server of the cluster; resolves when it is ready. */
async function launch(command: string, settings: Record<string, string>): Promise<Launched> {
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
