// The cost of signing: requests over one Redis with and without signatures, in turn: `node
// --conditions=source --import tsx packages/cluster/bench/signing.ts`.
import { randomUUID } from 'node:crypto';
import { type Cluster, createRedisCluster } from '../src/index.js';
import { Signatures } from '../src/redis/signing/signatures.js';
import { RedisServer, TEST_SECRET } from '../test/redis-server.js';

const server = await RedisServer.start();
const { seal, inbox } = Signatures.prototype;
for (let round = 0; round < 3; round += 1) {
  for (const signed of [false, true]) {
    Signatures.prototype.seal = signed ? seal : (_, payload) => payload;
    Signatures.prototype.inbox = signed ? inbox : () => ({ open: (payload) => ({ payload }) });
    const options = { redis: { url: server.url }, secret: TEST_SECRET, keyPrefix: `${randomUUID()}:` };
    const [one, two] = [await createRedisCluster(options), await createRedisCluster(options)];
    await two.bus.serve('node-2', async (_, body) => body);
    console.log(`${signed ? 'signed  ' : 'unsigned'} ${await rate(one, 20_000)} requests/s, 64 under way`);
    await Promise.all([one.close(), two.close()]);
  }
}
const signatures = new Signatures(TEST_SECRET, randomUUID(), { now: () => 0, date: () => 0, after: () => () => {} });
const letters = signatures.inbox('channel');
const began = performance.now();
for (let n = 0; n < 100_000; n += 1) letters.open(signatures.seal('channel', body()));
console.log(`sign and verify 300 characters: ${(((performance.now() - began) * 1000) / 100_000).toFixed(1)} µs`);
await server.close();
process.exit();

async function rate(cluster: Cluster, count: number): Promise<number> {
  let sent = 0;
  const start = performance.now();
  const one = async () => {
    while (sent < count) {
      sent += 1;
      await cluster.bus.request('node-2', 'echo', { n: sent });
    }
  };
  await Promise.all(Array.from({ length: 64 }, one));
  return Math.round(count / ((performance.now() - start) / 1000));
}

function body(): string {
  return 'x'.repeat(300);
}
