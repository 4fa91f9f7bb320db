import type { RoomChange } from '@waterbus/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, RedisServer, TEST_SECRET } from '../../test/redis-server.js';
import type { NodeEvent } from '../cluster.js';
import { createRedisCluster, type RedisCluster } from './redis-cluster.js';

let server: RedisServer;
let one: RedisCluster;
let two: RedisCluster;

beforeEach(async () => {
  server = await RedisServer.start();
  const redis = { url: server.url };
  [one, two] = await Promise.all([
    createRedisCluster({ redis, secret: TEST_SECRET }),
    createRedisCluster({ redis, secret: TEST_SECRET }),
  ]);
});
afterEach(async () => {
  await Promise.all([one.close(), two.close()]);
  await server.close();
});

it('drops data that are not a message of a member, and continues', async () => {
  const received: unknown[] = [];
  const nodeEvents: NodeEvent[] = [];
  await one.bus.subscribe('topic', (message) => received.push(message));
  await one.rooms.watch('room', (event) => received.push(event));
  await one.nodes.watch((event) => nodeEvents.push(event));
  await one.bus.serve('node-1', async (_, body) => body);
  const channels = (await server.command('PUBSUB', 'SHARDCHANNELS')) as string[];
  expect(channels).toHaveLength(8);
  for (const channel of channels) {
    for (const bytes of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"version":"1"}',
      '{"id":1,"from":{}}',
      '\u0000\ufffd',
      '{"__proto__":1}',
    ]) {
      // Any JSON is a message on a topic; the listener checks whether it is one of the protocol.
      if (!channel.includes('{topic:') || bytes === '' || bytes === '{')
        await server.command('SPUBLISH', channel, bytes);
    }
  }
  await two.bus.publish('topic', 'a message');
  await eventually(() => received.length === 1);
  expect(await two.bus.request('node-1', 'echo', { a: 1 })).toEqual({ a: 1 });
  await two.nodes.register({ id: 'node-2', kind: 'ws', draining: false, load: { cpu: Number.NaN, rooms: 1 } });
  await eventually(() => nodeEvents.length === 1);
  expect(received).toEqual(['a message']);
  expect(await one.nodes.list()).toEqual([{ id: 'node-2', kind: 'ws', draining: false, load: { rooms: 1 } }]);
});

it('treats foreign data in its keys as absent', async () => {
  const home = await one.rooms.claimHome('room', 'a', 'node-1');
  const participant = {
    id: 'a',
    name: 'A',
    role: 'guest',
    joinedAt: 0,
    connection: 'connected',
    producers: [],
  } as const;
  await one.rooms.apply('room', { type: 'participant.joined', participant: { ...participant, producers: [] } }, home);
  await server.command('HSET', 'waterbus:{room:room}:participants', 'x', 'no JSON', 'y', '{"attributes":7}');
  await server.command('HSET', 'waterbus:{room:room}:homes', 'x', 'nobody');
  await server.command('HSET', 'waterbus:{nodes}:records', 'x', 'no record', 'y', 'token {"id":7}');
  expect((await one.rooms.snapshot('room'))?.participants).toEqual([participant]);
  expect(await one.rooms.homes('room')).toEqual([home]);
  expect(await one.nodes.list()).toEqual([]);
});

it('lets all others join, leave and be removed beside an invalid record', async () => {
  await server.command(
    'HSET',
    'waterbus:{room:room}:participants',
    'x',
    'no JSON',
    'y',
    '{"order":"1","attributes":{}}',
  );
  await server.command('ZADD', 'waterbus:{room:room}:hanging', '0', 'node-1\0h\0x', '0', 'node-1\0p\0y\0p1');
  const join = async (id: string) => {
    const home = await one.rooms.claimHome('room', id, 'node-1');
    const participant = { id, name: id, role: 'guest', joinedAt: 0, connection: 'connected' } as const;
    const joined: RoomChange = { type: 'participant.joined', participant: { ...participant, producers: [] } };
    expect(await one.rooms.apply('room', joined, home)).toMatchObject({ type: 'applied' });
    return home;
  };
  const home = await join('a');
  await join('b');
  await join('x');
  const left = { type: 'participant.left', participantId: 'a', reason: 'left' } as const;
  expect(await one.rooms.apply('room', left, home)).toMatchObject({ type: 'applied' });
  expect(await one.rooms.removeNode('node-1')).toEqual([{ roomId: 'room', participantIds: ['b', 'x'], ended: false }]);
  expect(await one.rooms.snapshot('room')).toMatchObject({ participants: [] });
});

it('leaves no permanent key except a stream’s entries', async () => {
  await one.nodes.register({ id: 'node-1', kind: 'ws', draining: false, load: {} });
  await one.bus.serve('node-1', async () => {});
  const home = await one.rooms.claimHome('room', 'a', 'node-1');
  await one.rooms.apply('room', { type: 'participant.left', participantId: 'a', reason: 'left' }, home);
  await one.rooms.claimHome('another', 'b', 'node-1');
  await one.tokens.use('token', Date.now() + 60_000);
  const seen: unknown[] = [];
  await one.streams.consume('s', 'group', async (entry) => void seen.push(entry));
  await one.streams.append('s', 1);
  await eventually(() => seen.length === 1);
  const keys = (await server.command('KEYS', '*')) as string[];
  expect(keys.length).toBeGreaterThan(8);
  const forEver: string[] = [];
  for (const key of keys) if (Number(await server.command('TTL', key)) === -1) forEver.push(key);
  expect(forEver).toEqual(['waterbus:{stream:s}:entries']);
});

it('R12: a stream keeps no entry that every group is done with', async () => {
  const seen: number[] = [];
  const stop = await one.streams.consume('s', 'x', async ({ body }) => void seen.push(Number(body)));
  for (let n = 0; n < 50; n += 1) await two.streams.append('s', n);
  await eventually(() => seen.length === 50);
  const length = async () => Number(await server.command('XLEN', 'waterbus:{stream:s}:entries'));
  await eventually(async () => (await length()) === 0);
  stop();
  await two.streams.consume('s', 'y', async () => {});
  await two.streams.append('s', 50);
  // The entry is still pending for group x.
  await one.streams.consume('s', 'x', async ({ body }) => void seen.push(Number(body)));
  await eventually(async () => seen.length === 51 && (await length()) === 0);
  expect(seen).toEqual(Array.from({ length: 51 }, (_, n) => n));
});

it('rejects when a stream is full', async () => {
  const fill = "for n = 1, 100000 do redis.call('XADD', KEYS[1], '*', 'body', '0') end";
  await server.command('EVAL', fill, '1', 'waterbus:{stream:s}:entries');
  await expect(one.streams.append('s', 'too many')).rejects.toMatchObject({ code: 'server.unavailable' });
});

it('rejects when Redis is out of memory', async () => {
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  await expect(one.rooms.claimHome('room', 'a', 'node-1')).rejects.toMatchObject({ code: 'server.unavailable' });
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  await eventually(async () => (await one.rooms.claimHome('room', 'a', 'node-1')).nodeId === 'node-1');
});

it('authenticates with a password, and is refused with a wrong one', async () => {
  await server.command('CONFIG', 'SET', 'requirepass', 'a secret');
  const redis = (password: string) => ({ url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}` });
  await expect(createRedisCluster({ redis: redis('wrong'), secret: TEST_SECRET })).rejects.toThrow();
  const three = await createRedisCluster({ redis: redis('a secret'), secret: TEST_SECRET });
  expect(await three.tokens.use('token', Date.now() + 1000)).toBe(true);
  await three.close();
});
