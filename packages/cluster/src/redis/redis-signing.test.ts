import { createClient } from 'redis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, RedisServer, TEST_SECRET } from '../../test/redis-server.js';
import { createRedisCluster, type RedisCluster } from './redis-cluster.js';

let server: RedisServer;
let one: RedisCluster;
let two: RedisCluster;
/** An attacker who can read and write everything in Redis and does not know the secret. */
let stranger: ReturnType<typeof createClient>;
const listeners: ReturnType<typeof createClient>[] = [];

beforeEach(async () => {
  server = await RedisServer.start();
  const member = () => createRedisCluster({ redis: { url: server.url }, secret: TEST_SECRET });
  [one, two] = await Promise.all([member(), member()]);
  stranger = createClient({ url: server.url });
  await stranger.connect();
});
afterEach(async () => {
  await Promise.all([one.close(), two.close()]);
  for (const listener of listeners.splice(0)) listener.destroy();
  stranger.destroy();
  await server.close();
});

/** All messages on a channel from now on. */
async function overhear(channel: string): Promise<string[]> {
  const received: string[] = [];
  const listener = stranger.duplicate();
  listeners.push(listener as ReturnType<typeof createClient>);
  await listener.connect();
  await listener.sSubscribe(channel, (text) => received.push(text));
  return received;
}

it('an attacker cannot send a request to a node, nor repeat or redirect a member’s request', async () => {
  const requested: unknown[] = [];
  for (const id of ['node-1', 'node-2']) {
    await one.bus.serve(id, async (_, body) => {
      requested.push(`${id} ${String(body)}`);
      return body;
    });
  }
  const requests = 'waterbus:{requests:node-1}';
  const received = await overhear(requests);
  expect(await two.bus.request('node-1', 'echo', 'a question')).toBe('a question');
  await eventually(() => received.length === 1);
  await stranger.sPublish(requests, '{"id":"1","from":"x","method":"echo","body":"invented"}');
  await stranger.sPublish(requests, received[0]!.replace('a question', 'an altered one'));
  await stranger.sPublish(requests, received[0]!);
  await stranger.sPublish('waterbus:{requests:node-2}', received[0]!);
  await eventually(() => one.mishaps().messagesForged === 4);
  expect(requested).toEqual(['node-1 a question']);
  expect(await two.bus.request('node-2', 'echo', 'another')).toBe('another');
});

it('an attacker cannot answer in place of a node', async () => {
  let answer = (_: string) => {};
  await one.bus.serve('node-1', () => new Promise((resolve) => (answer = resolve)));
  const received = await overhear('waterbus:{requests:node-1}');
  const asking = two.bus.request('node-1', 'm', {});
  await eventually(() => received.length === 1);
  const [, asker] = /"from":"([^"]+)"/.exec(received[0]!)!;
  await stranger.sPublish(`waterbus:{answers:${asker}}`, '{"id":"1","body":"invented"}');
  await eventually(() => two.mishaps().messagesForged === 1);
  answer('the answer');
  expect(await asking).toBe('the answer');
});

it('an attacker cannot publish on a topic, nor append to a stream', async () => {
  const received: unknown[] = [];
  await one.bus.subscribe('topic', (message) => received.push(message));
  await one.streams.consume('s', 'group', async ({ body }) => void received.push(body));
  await stranger.sPublish('waterbus:{topic:topic}', '"invented"');
  await stranger.xAdd('waterbus:{stream:s}:entries', '*', { body: '"invented"' });
  await stranger.xAdd('waterbus:{stream:s}:entries', '*', { other: 'x' });
  await two.streams.append('s', 'an entry');
  await two.bus.publish('topic', 'a message');
  await eventually(() => received.length === 2);
  expect(received.sort()).toEqual(['a message', 'an entry']);
  expect(one.mishaps()).toEqual({ messagesForged: 3 });
});

it('messages of a member with another secret are dropped', async () => {
  const three = await createRedisCluster({ redis: { url: server.url }, secret: 'another secret' });
  await one.bus.serve('node-1', async () => 'answered');
  await expect(three.bus.request('node-1', 'm', {}, { timeout: 200 })).rejects.toMatchObject({ reason: 'timeout' });
  expect(one.mishaps()).toEqual({ messagesForged: 1 });
  await three.close();
});
