import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { MetricsAdapter, valueIn } from './metrics-adapter.js';
import type { Pod } from './pod.js';

it('reads the highest value of a metric, and of no other one with the same begin', () => {
  const text = '# TYPE load gauge\nload{worker="0"} 0.25\nload{worker="1"} 0.5\nload_total 9\nother 1\n';
  expect(valueIn(text, 'load')).toBe(0.5);
  expect(valueIn(text, 'other')).toBe(1);
  expect(valueIn(text, 'absent')).toBeUndefined();
});

it('answers the highest value of the last minute for each pod, and nothing for one that does not answer', async () => {
  const loads = [0.7, 0.1, 0.2];
  const server = createServer((_, response) => response.end(`load ${loads.shift()}\n`)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pod = (name: string, metrics: number) =>
    ({ options: { name, address: '127.0.0.1', ports: new Map([['metrics', metrics]]) } }) as unknown as Pod;
  const pods = [pod('ws-1', port), pod('ws-2', 1)];
  const adapter = new MetricsAdapter(['load']);
  const values = [];
  for (const now of [0, 15, 75]) {
    await adapter.scrape(now, pods);
    values.push(adapter.value('load', 'ws-1'));
  }
  expect(values).toEqual([0.7, 0.7, 0.2]);
  expect(adapter.value('load', 'ws-2')).toBeUndefined();
  server.close();
  server.closeAllConnections();
});
