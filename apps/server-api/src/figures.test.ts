import { afterAll, beforeAll, expect, it } from 'vitest';
import { newAddress, newDataFolder, type ServerUnderTest, STARTING, startServer } from '../test/server.js';
import { defaultLimits } from './limits/limits.js';

let server: ServerUnderTest;
beforeAll(async () => {
  const limits = { ...defaultLimits, create: { count: 1, period: 600_000 } };
  server = await startServer({ dataDir: await newDataFolder(), limits });
}, STARTING);
afterAll(() => server.close());

it('counts requests by route and status, refusals by limit, and each statement', async () => {
  const { fastify, figures } = server.api;
  const remoteAddress = newAddress();
  const create = { method: 'POST', url: '/v1/meetings', payload: { title: 'Planning' }, remoteAddress } as const;
  const meeting = await fastify.inject(create);
  await fastify.inject(create);
  await fastify.inject({ url: `/v1/meetings/${meeting.json().code}`, remoteAddress });
  await fastify.inject({ url: '/v1/no/such/route', remoteAddress });
  const { requests, limited, queries } = figures();
  const counted = requests.map(({ labels: { method, route, status }, distribution: { counts } }) => [
    `${method} ${route} ${status}`,
    counts.reduce((sum, count) => sum + count, 0),
  ]);
  expect(counted).toEqual([
    ['POST /v1/meetings 2xx', 1],
    ['POST /v1/meetings 4xx', 1],
    ['GET /v1/meetings/:code 4xx', 1],
    ['none none 4xx', 1],
  ]);
  // Each limit, so that its first refusal is an increase.
  const none = Object.fromEntries(Object.keys(defaultLimits).map((limit) => [limit, 0]));
  expect(limited).toEqual({ ...none, create: 1 });
  expect(queries).toMatchObject([{ labels: { outcome: 'ok' } }]);
});

it('counts a statement that failed, also inside a transaction', async () => {
  const failing = server.queries.transaction((transaction) => transaction.execute('select 1/0'));
  await expect(failing).rejects.toThrow();
  expect(server.api.figures().queries.map(({ labels }) => labels.outcome)).toContain('error');
});
