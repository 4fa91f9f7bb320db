import { afterEach, describe, expect, it } from 'vitest';
import { RedisServer } from '../../test/redis-server.js';
import { examineRedis } from './examine-redis.js';

describe('the examination of Redis', () => {
  let server: RedisServer | undefined;
  afterEach(() => server?.close());

  it('reports version, clock, persistence and the policy of eviction', async () => {
    server = await RedisServer.start(['--maxmemory-policy', 'allkeys-lru']);
    const report = await examineRedis({ url: server.url });
    expect(report).toMatchObject({
      version: expect.stringMatching(/^\d+\./),
      persistent: false,
      evictionPolicy: 'allkeys-lru',
    });
    expect(report.latency).toBeGreaterThan(0);
    expect(Math.abs(report.clockOffset)).toBeLessThan(60_000);
  });

  it('reports the rest to a user that may not read the configuration', async () => {
    server = await RedisServer.start(['--appendonly', 'yes', '--rename-command', 'CONFIG', '""']);
    expect(await examineRedis({ url: server.url })).toMatchObject({ persistent: true, evictionPolicy: undefined });
  });

  it('rejects where nothing answers', async () => {
    server = await RedisServer.start();
    const { url } = server;
    await server.close();
    await expect(examineRedis({ url })).rejects.toThrow('ECONNREFUSED');
    await expect(examineRedis({ clusterNodes: [{ host: '127.0.0.1', port: 1 }] })).rejects.toThrow('No node');
  });
});
