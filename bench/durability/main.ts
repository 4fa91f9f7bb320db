import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createInProcessCluster } from '@waterbus/cluster';
import { createServerApi, type ServerApi } from '@waterbus/server-api';

// The cost of durable writes for the embedded database: meetings and messages a second, with them
// and with `fsync = off`, in sequence on the same folder's disk. Requests use no network.

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '.' },
    seconds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '20' },
  },
});
const seconds = Number(values.seconds);
const root = mkdtempSync(path.join(values.folder, 'waterbus-durability-'));
const unlimited = { count: 1_000_000_000, period: 60_000 };
const names = ['create', 'createByOwner', 'read', 'write', 'join', 'account', 'message', 'invite'] as const;

try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${values.clients} clients, ${seconds} s each`,
  );
  console.log('| | waits | requests/s | p50 ms | p99 ms |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const waits of [true, false]) {
    const api = await open(path.join(root, String(waits)), waits);
    const { code, headers } = await prepare(api);
    await measure('create a meeting', waits, () => post(api, '/v1/meetings', { title: 'Planning' }, headers));
    await measure('send a message', waits, () =>
      post(api, `/v1/meetings/${code}/messages`, { text: 'Hello '.repeat(20), clientId: randomUUID() }, headers),
    );
    await api.close();
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function open(dataDir: string, waits: boolean): Promise<ServerApi> {
  const options = {
    dataDir,
    cluster: createInProcessCluster(),
    secret: randomBytes(32),
    logLevel: 'fatal',
    limits: Object.fromEntries(names.map((name) => [name, unlimited])),
  };
  await (await createServerApi(options)).close();
  if (!waits) appendFileSync(path.join(dataDir, 'postgres', 'postgresql.conf'), '\nfsync = off\n');
  return createServerApi(options);
}

async function prepare(api: ServerApi) {
  const account = { email: 'bench@example.org', password: randomUUID(), name: 'Bench' };
  await post(api, '/v1/accounts', account, {});
  const { tokens } = await post(api, '/v1/sessions', { email: account.email, password: account.password }, {});
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  const { meeting } = await post(api, '/v1/meetings', { title: 'Bench' }, headers);
  return { code: meeting.code as string, headers };
}

async function measure(name: string, waits: boolean, ask: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      await ask();
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: Number(values.clients) }, client));
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  console.log(
    `| ${name} | ${waits ? 'yes' : 'no'} | ${Math.round(times.length / seconds)} | ${at(0.5)} | ${at(0.99)} |`,
  );
}

async function post(api: ServerApi, url: string, payload: object, headers: Record<string, string>) {
  const response = await api.fastify.inject({ method: 'POST', url, payload, headers });
  if (response.statusCode >= 300) throw new Error(`${url}: ${response.statusCode} ${response.body}`);
  return response.body ? response.json() : {};
}
