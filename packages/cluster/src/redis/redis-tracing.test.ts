import type { SpanOptions, Tracer } from '@waterbus/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisServer, TEST_SECRET } from '../../test/redis-server.js';
import { createRedisCluster, type RedisCluster } from './redis-cluster.js';

const PARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';

/** Whose current span is `PARENT` while `isTracing`. */
class RecordingTracer implements Tracer {
  readonly spans: SpanOptions[] = [];
  isTracing = false;

  run<T>(span: SpanOptions, work: () => Promise<T>): Promise<T> {
    this.spans.push(span);
    return work();
  }

  current(): string | undefined {
    return this.isTracing ? PARENT : undefined;
  }

  record(): void {}
}

const tracers = [new RecordingTracer(), new RecordingTracer()] as const;
let redis: RedisServer;
let members: RedisCluster[];
beforeAll(async () => {
  redis = await RedisServer.start();
  const create = (tracer: Tracer) => createRedisCluster({ redis: { url: redis.url }, secret: TEST_SECRET, tracer });
  members = await Promise.all(tracers.map(create));
  await members[1]!.nodes.register({ id: 'ws-2', kind: 'ws', draining: false, load: {} });
  await members[1]!.bus.serve('ws-2', async () => 'done');
});
afterAll(async () => {
  for (const member of members) await member.close();
  await redis.close();
});

it('a request over the bus continues the trace of its sender; one without a trace begins none', async () => {
  const [sender, server] = tracers;
  const served = () => server.spans.filter(({ name }) => name.startsWith('bus '));
  await members[0]!.bus.request('ws-2', 'media.call', { name: 'Ada' });
  expect(served()).toEqual([]);
  sender.isTracing = true;
  await members[0]!.bus.request('ws-2', 'media.call', { name: 'Ada' });
  expect(served()).toEqual([{ name: 'bus media.call', kind: 'server', parent: PARENT }]);
});

it('the span of a command names the command alone', async () => {
  tracers[0].spans.length = 0;
  await members[0]!.tokens.use('a-secret-id', Date.now() + 60_000);
  expect(tracers[0].spans.map(({ name }) => name)).toContain('redis SET');
  expect(JSON.stringify(tracers[0].spans)).not.toContain('a-secret-id');
});
