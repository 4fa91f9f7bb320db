import { createInProcessCluster } from '@waterbus/cluster';
import { createServerApi } from '../src/index.js';

/**
 * Creates meetings in the given data folder until it is killed, and prints each code once it was
 * acknowledged.
 */
const [dataDir = ''] = process.argv.slice(2);
const unlimited = { count: 1_000_000, period: 1000 };
const cluster = createInProcessCluster();
const api = await createServerApi({
  dataDir,
  cluster,
  secret: 'x'.repeat(32),
  logLevel: 'silent',
  limits: { create: unlimited },
});
for (;;) {
  const response = await api.fastify.inject({ method: 'POST', url: '/v1/meetings', payload: { title: 'Kept' } });
  process.stdout.write(`${response.json().meeting.code}\n`);
}
