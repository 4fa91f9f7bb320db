import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type CreateMeetingResponse, PROTOCOL_VERSION, SIGNALLING_PATH } from '@waterbus/protocol';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { catalogue } from '../../src/metrics/catalogue.js';
import { dashboardPanels } from './dashboard.js';
import { ObservedCluster, RULES } from './observed-cluster.js';
import type { CollectedSpan } from './otlp-collector.js';
import type { QueriedSeries } from './prometheus.js';

/**
 * A real Prometheus and the double of a collector beside a cluster, and the files of deploy/ that use
 * its metrics. Requires the build, as `npm test` makes it.
 */
const run = promisify(execFile);
const RULE_TESTS = path.join(path.dirname(RULES), 'alerts.test.yaml');
const STARTING = 120_000;

let cluster: ObservedCluster;
/** The metrics that the servers have, by their names. */
let scraped: Set<string>;

beforeAll(async () => {
  cluster = await ObservedCluster.start();
  // A refused request has figures too.
  await fetch(`http://127.0.0.1:${cluster.api.http}/v1/meetings`, { method: 'POST' });
  cluster.load(['--meeting', '--publishers', '2', '--subscribers', '1', '--minutes', '10', '--join-rate', '20']);
  scraped = new Set([...(await cluster.scrape()).matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name!));
}, STARTING);
afterAll(() => cluster?.close());

it('the servers have every metric of the catalogue between them', () => {
  const names = catalogue.flatMap(({ series }) => series.map(({ name }) => name));
  expect(names.filter((name) => !scraped.has(name))).toEqual([]);
  expect(scraped).toContain('nodejs_eventloop_lag_p99_seconds');
});

it('Prometheus reads both servers', { timeout: STARTING }, async () => {
  await expect.poll(() => numberOf('sum(up{job="waterbus"})'), { timeout: 60_000 }).toBe(2);
  const both = () => numberOf('sum(waterbus_media_workers) + sum(waterbus_redis_up)');
  await expect.poll(both, { timeout: 60_000 }).toBe(3);
});

it('the dashboard draws every metric, and each of its queries shows a call with media', async () => {
  const panels = await dashboardPanels('10m');
  const expressions = panels.flatMap(({ queries }) => queries.map(({ expression }) => expression));
  expect(expressions.length).toBeGreaterThan(40);
  expect(expressions.flatMap(metricsIn).filter((name) => !scraped.has(name))).toEqual([]);
  const drawn = new Set(expressions.flatMap(metricsIn));
  const names = catalogue.flatMap(({ series }) => series.map(({ name }) => name));
  expect(names.filter((name) => !drawn.has(name))).toEqual([]);
  const empty = async () => {
    const found: string[] = [];
    for (const { title, queries } of panels) {
      for (const { expression, legend } of queries) {
        if (!hasNumber(await cluster.prometheus.query(expression))) found.push(`${title}: ${legend}`);
      }
    }
    return found;
  };
  // The first join begins the series of both servers, which Prometheus reads one after the other,
  // and only a later one increases them.
  const joins = [
    'waterbus_join_duration_seconds_count',
    'waterbus_http_request_duration_seconds_count{route=~".*/join"}',
  ];
  for (const series of joins) {
    await expect.poll(() => numberOf(`sum(${series})`), { timeout: 60_000 }).toBeGreaterThan(0);
  }
  (await join('Ada')).socket.disconnect();
  // Connections report each five seconds, and a rate needs two samples.
  await expect.poll(empty, { timeout: 60_000, interval: 500 }).toEqual([]);
});

it('every alert is one of existing metrics, and Prometheus has loaded it', async () => {
  const rules = await alerts();
  expect(rules.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !scraped.has(name))).toEqual([]);
  const loaded = await cluster.prometheus.rules();
  expect(loaded.map(({ name }) => name)).toEqual(rules.map(({ alert }) => alert));
  expect(loaded.filter(({ health }) => health === 'err')).toEqual([]);
});

it('each alert fires when it should, and only then', { timeout: STARTING }, async () => {
  const configuration = path.join(path.dirname(RULES), 'prometheus.yaml');
  const checks = [
    ['check', 'rules', RULES],
    ['test', 'rules', RULE_TESTS],
    ['check', 'config', configuration],
  ];
  await Promise.all(checks.map((words) => run('promtool', words)));
  const { tests } = parse(await readFile(RULE_TESTS, 'utf8')) as { tests: { name: string }[] };
  const played = (await alerts()).flatMap(({ alert }) => [`${alert} fires`, `${alert} is silent`]);
  expect(tests.map(({ name }) => name)).toEqual(played);
});

it('a join is one trace over API, Redis, Server WS and media worker, without personal data', async () => {
  const { collector } = cluster;
  const { code, token, socket } = await join('Ada Lovelace');
  // Of a JWT.
  const { sub: participantId } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
  const ofAda = ({ attributes }: CollectedSpan) =>
    attributes.some(({ value }) => (value as { stringValue?: string }).stringValue === participantId);
  const spans = () => {
    const one = collector.spans.find(ofAda);
    return collector.spans.filter(({ traceId }) => traceId === one?.traceId);
  };
  const named = (name: string) => spans().find((span) => span.name === name);
  await vi.waitFor(() => expect(named('worker openTransport') && named('ws join') && named('api join')).toBeDefined());
  socket.disconnect();
  const [root, joined, opened] = [named('api join')!, named('ws join')!, named('worker openTransport')!];
  expect(root.parentSpanId).toBeUndefined();
  expect(joined.parentSpanId).toBe(root.spanId);
  const ids = new Set(spans().map(({ spanId }) => spanId));
  const others = spans().filter((span) => span !== root);
  expect(others.filter(({ parentSpanId }) => !ids.has(parentSpanId!))).toEqual([]);
  const roots = collector.spans.filter(({ parentSpanId }) => !parentSpanId);
  expect(new Set(roots.map(({ name }) => name))).toEqual(new Set(['api join']));
  const namesBelow = ({ spanId }: CollectedSpan) =>
    spans()
      .filter(({ parentSpanId }) => parentSpanId === spanId)
      .map(({ name }) => name);
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
  const meetings = `http://127.0.0.1:${cluster.api.http}/v1/meetings`;
  const { meeting, hostToken } = await post<CreateMeetingResponse>(meetings, { title: 'Planning' });
  const { code } = meeting;
  const { token } = await post<{ token: string }>(`${meetings}/${code}/join`, { name, hostToken });
  const socket = io(`http://127.0.0.1:${cluster.ws.http}`, { path: SIGNALLING_PATH, transports: ['websocket'] });
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

/** Without the suffixes of a histogram's series. */
function metricsIn(expression: string): string[] {
  const names = expression.replace(/"[^"]*"/g, '').match(/\b(?:waterbus|nodejs|process)_\w+/g) ?? [];
  return names.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''));
}

function hasNumber(series: readonly QueriedSeries[]): boolean {
  return series.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))));
}

async function numberOf(expression: string): Promise<number> {
  const [series] = await cluster.prometheus.query(expression);
  return Number(series?.values[0]?.[1] ?? Number.NaN);
}
