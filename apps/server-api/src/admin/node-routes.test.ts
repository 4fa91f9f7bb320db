import { CodedError, NODE_DRAIN } from '@waterbus/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newPerson, type Person } from '../../test/people.js';
import { type ServerUnderTest, STARTING, startServer } from '../../test/server.js';

const about = { version: '1.2.3', host: 'host-1', startedAt: Date.UTC(2026, 0, 1) };
let server: ServerUnderTest;
let root: Person;
const requested: unknown[] = [];

beforeAll(async () => {
  server = await startServer({ administrators: ['root@example.org'], node: { id: 'ws-1-api', about } });
  root = await newPerson(server, { email: 'root@example.org', emailVerifiedAt: new Date(server.clock.date()) });
  const { nodes, bus } = server.cluster;
  await nodes.register({ id: 'ws-1', kind: 'ws', draining: false, load: { rooms: 2, participants: 5 }, about });
  for (const [index, cpu] of [0.25, 0.75].entries()) {
    const endpoints = [{ address: index === 0 ? '192.0.2.1' : '2001:db8::1', port: 40_000 + index }];
    const load = { cpu, transports: 3 };
    await nodes.register({
      id: `ws-1-media-${index}`,
      kind: 'media',
      ownerId: 'ws-1',
      draining: false,
      load,
      endpoints,
    });
  }
  await bus.serve('ws-1', async (method, body) => {
    requested.push([method, body]);
    if (requested.length > 2) throw new CodedError('node.last');
    return null;
  });
  await nodes.register({ id: 'ws-2', kind: 'ws', draining: true, load: {} });
}, STARTING);
afterAll(() => server.close());

const ask = (method: 'GET' | 'POST' | 'DELETE', url: string) =>
  server.api.fastify.inject({ method, url: `/v1/admin/${url}`, headers: { ...root.headers } });

it('lists every server by id, in pages', async () => {
  const first = (await ask('GET', 'nodes?limit=3')).json();
  const second = (await ask('GET', `nodes?limit=3&cursor=${first.nextCursor}`)).json();
  expect(second.nextCursor).toBeNull();
  const process = { host: 'host-1', version: '1.2.3', startedAt: '2026-01-01T00:00:00.000Z', state: 'serving' };
  const none = { ownerId: null, addresses: [], load: null, rooms: null, participants: null, transports: null };
  const media = { ...process, ...none, kind: 'media', ownerId: 'ws-1', transports: 3 };
  expect([...first.items, ...second.items]).toEqual([
    { ...process, ...none, id: 'ws-1', kind: 'ws', load: 0.75, rooms: 2, participants: 5 },
    { ...process, ...none, id: 'ws-1-api', kind: 'api' },
    { ...media, id: 'ws-1-media-0', addresses: ['192.0.2.1:40000'], load: 0.25 },
    { ...media, id: 'ws-1-media-1', addresses: ['[2001:db8::1]:40001'], load: 0.75 },
    { ...none, id: 'ws-2', kind: 'ws', host: null, version: null, startedAt: null, state: 'draining' },
  ]);
});

it('drains a Server WS and ends the drain, and records both', async () => {
  expect((await ask('POST', 'nodes/ws-1/drain')).statusCode).toBe(204);
  await server.clock.advance(1000);
  expect((await ask('DELETE', 'nodes/ws-1/drain')).statusCode).toBe(204);
  expect(requested).toEqual([
    [NODE_DRAIN, { draining: true }],
    [NODE_DRAIN, { draining: false }],
  ]);
  const { items } = (await ask('GET', 'audit-events')).json();
  const actor = { kind: 'administrator', id: root.userId, name: root.name };
  expect(items).toMatchObject([
    { action: 'node.drain-cancelled', target: 'ws-1', actor, network: '127.0.0.1' },
    { action: 'node.drain-started', target: 'ws-1', actor },
  ]);
  // The refusal of the node is answered, and nothing is recorded.
  expect((await ask('POST', 'nodes/ws-1/drain')).json()).toMatchObject({ status: 409, code: 'node.last' });
  expect((await ask('GET', 'audit-events')).json().items).toHaveLength(2);
});

it.each([
  ['ws-9', 404, 'node.not_found'],
  ['ws-1-media-0', 409, 'node.not_drainable'],
  ['ws-1-api', 409, 'node.not_drainable'],
  // It has a lease and answers no request.
  ['ws-2', 503, 'server.unavailable'],
])('refuses to drain %s', async (id, status, code) => {
  expect((await ask('POST', `nodes/${id}/drain`)).json()).toMatchObject({ status, code });
});

it('drains one node after the other, so that one of the last two stays', async () => {
  const { nodes, bus } = server.cluster;
  const open = new Set(['ws-3', 'ws-4']);
  for (const id of open) {
    const lease = await nodes.register({ id, kind: 'ws', draining: false, load: {} });
    await bus.serve(id, async () => {
      const others = (await nodes.list('ws')).filter((node) => open.has(node.id) && node.id !== id && !node.draining);
      if (others.length === 0) throw new CodedError('node.last');
      // Both have checked by now, if both were requested at once.
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await lease.update({ draining: true });
      return null;
    });
  }
  const answers = await Promise.all(['ws-3', 'ws-4'].map((id) => ask('POST', `nodes/${id}/drain`)));
  expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, 409]);
  expect((await nodes.list('ws')).filter(({ id, draining }) => open.has(id) && !draining)).toHaveLength(1);
});
