import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { ServerApiFigures } from '@waterbus/server-api';
import { Histogram } from '@waterbus/telemetry';
import { afterEach, expect, it } from 'vitest';
import { catalogue } from './catalogue.js';
import { MetricsServer } from './metrics-server.js';
import type { MetricSources } from './registry.js';
import { dropsOf } from './worker-series.js';

const all = catalogue.flatMap(({ part, series }) => series.map((one) => ({ part, ...one })));
const cluster = { mishaps: () => ({ messagesForged: 2 }), store: () => undefined };

let server: MetricsServer | undefined;
afterEach(() => server?.close());

async function open(sources: Partial<MetricSources> = {}): Promise<string> {
  const given = { version: '1.2.3', cluster, api: undefined, ws: undefined, ...sources };
  server = new MetricsServer(given);
  server.server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}

it('the document lists all metrics, and no other ones', async () => {
  const document = await readFile(new URL('../../../../docs/observability.md', import.meta.url), 'utf8');
  const rows = [...document.matchAll(/^\| `(waterbus_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)];
  const documented = rows.map(([, name, type, labels, part, help]) => [name, type, labels, part, help]);
  const listed = all.map(({ name, type, labels, part, help }) => [
    name,
    type,
    labels.map((label) => `\`${label}\``).join(', ') || '–',
    part,
    help,
  ]);
  expect(documented).toEqual(listed);
});

it('names follow the rules of Prometheus, and are unique', () => {
  const suffix = {
    counter: /_total$/,
    gauge: /(?<!_total|_count|_sum|_bucket)$/,
    histogram: /_(seconds|ratio|second)$/,
  };
  for (const { name, type } of all) expect(name).toMatch(suffix[type]);
  for (const { name } of all) expect(name).toMatch(/^waterbus_[a-z]+(_[a-z]+)*$/);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

it('no label names a meeting, a person or an incarnation: their values are bounded', () => {
  const labels = new Set(all.flatMap(({ labels }) => labels));
  const bounded = [
    'cause',
    'direction',
    'kind',
    'limit',
    'method',
    'outcome',
    'protocol',
    'quality',
    'route',
    'status',
  ];
  expect([...labels].sort()).toEqual([...bounded, 'worker']);
});

it('answers with the figures of the parts of this process, in the format of Prometheus', async () => {
  const times = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.5, 0.6, 9]) times.observe(value);
  const labels = { method: 'GET', route: '/v1/meetings/:code', status: '2xx' };
  const requests = [{ labels, distribution: times.read() }];
  const url = await open({
    api: () => ({ requests, limited: { join: 3 } as ServerApiFigures['limited'], queries: [] }),
  });
  const answer = await fetch(`${url}/metrics`);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (await answer.text()).split('\n');
  const series = 'method="GET",route="/v1/meetings/:code",status="2xx"';
  const name = 'waterbus_http_request_duration_seconds';
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE waterbus_cluster_mishaps_total counter',
      'waterbus_cluster_mishaps_total{kind="messagesForged"} 2',
      'waterbus_http_limited_total{limit="join"} 3',
      `${name}_bucket{${series},le="0.1"} 1`,
      `${name}_bucket{${series},le="1"} 3`,
      `${name}_bucket{${series},le="+Inf"} 4`,
      `${name}_sum{${series}} 10.15`,
      `${name}_count{${series}} 4`,
      'waterbus_build_info{version="1.2.3"} 1',
    ]),
  );
  expect(lines.filter((line) => line.startsWith('waterbus_rooms'))).toEqual([]);
});

it('a second scrape has the same totals: reading changes nothing', async () => {
  const url = await open();
  const mishaps = async () =>
    (await (await fetch(`${url}/metrics`)).text()).match(/^waterbus_cluster_mishaps.*$/m)?.[0];
  expect(await mishaps()).toBe(await mishaps());
});

it('answers nothing but GET /metrics', async () => {
  const url = await open();
  const status = async (path: string, method = 'GET') => (await fetch(`${url}${path}`, { method })).status;
  expect(await status('/')).toBe(404);
  expect(await status('/metrics/more')).toBe(404);
  expect(await status('/metrics', 'POST')).toBe(405);
  expect(await status('/metrics?x=1')).toBe(200);
});

it('a figure that cannot be read ends the scrape, not the process', async () => {
  const url = await open({
    api: () => {
      throw new Error('broken');
    },
  });
  await expect(fetch(`${url}/metrics`)).rejects.toThrow();
  await expect(fetch(`${url}/metrics`)).rejects.toThrow();
});

it('each dropped datagram counts for one cause', () => {
  const drops = [
    'QueueFull',
    'NoSession',
    'Unclassified',
    'UnknownAddress',
    'Authentication',
    'Replay',
    'Dtls',
    'Stun',
  ];
  const all = [...drops, 'OverBudget', 'TooManyStreams'].map((name) => [`dropped${name}`, 10]);
  const tcp = ['Control', 'Audio', 'Video'].map((kind) => [`tcpDropped${kind}`, 10]);
  const io = Object.fromEntries([...all, ...tcp, ['droppedTooOld', 4], ['tcpDroppedTooOld', 4]]);
  const causes = Object.values(dropsOf(io));
  expect(causes.every((count) => count > 0)).toBe(true);
  expect(causes.reduce((sum, count) => sum + count, 0)).toBe(130);
});
