import type { AddressInfo } from 'node:net';
import { createInProcessCluster } from '@waterbus/cluster';
import { createServerApi } from '@waterbus/server-api';
import Fastify from 'fastify';

// The processes under load: `server.ts api <database address>`, and `server.ts bare <bytes>`, a
// Fastify that answers with JSON of that size without other work. Sends its port to the parent.

const [kind, argument = ''] = process.argv.slice(2);

if (kind === 'api') {
  const unlimited = { count: 1_000_000_000, period: 60_000 };
  const names = ['create', 'createByOwner', 'read', 'write', 'join', 'account', 'message', 'invite'] as const;
  const api = await createServerApi({
    databaseUrl: argument,
    dataDir: '',
    cluster: createInProcessCluster(),
    secret: process.env.BENCH_SECRET ?? '',
    // The load generator counts failures; the last requests of a run may meet a closing server.
    logLevel: 'fatal',
    limits: Object.fromEntries(names.map((name) => [name, unlimited])),
  });
  await api.fastify.listen({ port: 0, host: '127.0.0.1' });
  ready(api.fastify.server.address() as AddressInfo);
  process.once('disconnect', () => void api.close().then(() => process.exit(0)));
} else {
  const fastify = Fastify();
  // Braces, a name and quotes take 11 bytes.
  const body = { text: 'x'.repeat(Math.max(0, Number(argument) - 11)) };
  fastify.all('/', async () => body);
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  ready(fastify.server.address() as AddressInfo);
  process.once('disconnect', () => process.exit(0));
}

function ready({ port }: AddressInfo): void {
  process.send?.({ port });
}
