import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import postgres from 'postgres';
import { startPostgres } from '../../apps/server-api/test/postgres.js';

// Requests per second and latencies of a Server API on a PostgreSQL of its own, each beside a bare Fastify in a process of its own that
// answers as many bytes without a database: the ratio says more than figures of one machine do. Everything shares the machine's
// cores, the load generator and PostgreSQL (without fsync) included. Rate limits are raised.

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, connections: { type: 'string', default: '20' } },
});
const duration = Number(values.seconds);
const connections = Number(values.connections);

/** Seconds until the code is compiled and the connections to PostgreSQL are open. */
const WARM_UP = 3;

/** Of the user whose lists are read, and in the first of these meetings. */
const MEETINGS = 1000;
const MESSAGES = 10_000;

interface Load {
  name: string;
  request: { method: 'GET' | 'POST'; path: string; body?: string; headers?: Record<string, string> };
}

const secret = randomBytes(32).toString('hex');
const database = await startPostgres();
const children: ChildProcess[] = [];
try {
  const databaseUrl = await database.newDatabase();
  const api = await start('api', databaseUrl);
  const loads = await prepare(api, databaseUrl);
  const processor = cpus();
  console.log(
    `${processor.length} × ${processor[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}; ` +
      `${connections} connections, ${duration} s each; load generator, server and PostgreSQL on the same cores`,
  );
  console.log('| | requests/s | p50 ms | p97.5 ms | p99 ms | errors | bare Fastify, requests/s | ratio |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const load of loads) await measure(api, load);
} finally {
  for (const child of children) {
    const gone = once(child, 'exit');
    child.disconnect();
    await gone;
  }
  await database.close();
}

async function measure(api: string, { name, request }: Load): Promise<void> {
  const { method, path, body, headers } = request;
  const sample = await fetch(api + path, { method, body, headers });
  const text = await sample.text();
  if (!sample.ok) throw new Error(`${name}: ${sample.status} ${text}`);
  const bare = await start('bare', String(Buffer.byteLength(text)));
  const run = (url: string, seconds: number) =>
    autocannon({ url, connections, duration: seconds, method, body, headers });
  await run(`${bare}/`, WARM_UP);
  const floor = await run(`${bare}/`, duration);
  await run(api + path, WARM_UP);
  const result = await run(api + path, duration);
  const { latency, requests } = result;
  const errors = result.errors + result.timeouts + result.non2xx;
  const figures = [
    name,
    Math.round(requests.average),
    latency.p50,
    latency.p97_5,
    latency.p99,
    errors,
    Math.round(floor.requests.average),
    (requests.average / floor.requests.average).toFixed(2),
  ];
  console.log(`| ${figures.join(' | ')} |`);
}

/** One user with 1,000 meetings, the first of which has 10,000 messages. */
async function prepare(api: string, databaseUrl: string): Promise<Load[]> {
  const json = { 'content-type': 'application/json' };
  const account = { email: 'bench@example.org', password: randomUUID(), name: 'Bench' };
  const answer = await post(api, '/v1/accounts', account, json);
  const signedIn = answer.tokens
    ? answer
    : await post(api, '/v1/sessions', { email: account.email, password: account.password }, json);
  const headers = { ...json, authorization: `Bearer ${signedIn.tokens.accessToken}` };
  const codes: string[] = [];
  for (let n = 0; n < MEETINGS; n += 1) {
    codes.push((await post(api, '/v1/meetings', { title: `Meeting ${n}` }, headers)).meeting.code);
  }
  const [code] = codes;
  const client = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  await client`insert into messages (meeting_id, seq, sender, client_id, author_name, text, created_at)
    select id, n, 'bench', n::text, 'Bench', repeat('Hello ', 20), now() from meetings, generate_series(1, ${MESSAGES}) n where code = ${code ?? ''}`;
  await client`update meetings set last_seq = ${MESSAGES} where code = ${code ?? ''}`;
  await client.unsafe('analyze');
  await client.end();
  return [
    {
      name: 'create a meeting',
      request: { method: 'POST', path: '/v1/meetings', body: '{"title":"Planning"}', headers },
    },
    {
      name: 'join as a guest',
      request: { method: 'POST', path: `/v1/meetings/${code}/join`, body: '{"name":"Ada"}', headers: json },
    },
    {
      name: 'list 50 of 1,000 meetings',
      request: { method: 'GET', path: '/v1/meetings', headers: { authorization: headers.authorization } },
    },
    {
      name: 'list 50 of 10,000 messages',
      request: {
        method: 'GET',
        path: `/v1/meetings/${code}/messages`,
        headers: { authorization: headers.authorization },
      },
    },
  ];
}

async function post(api: string, path: string, body: object, headers: Record<string, string>) {
  const response = await fetch(api + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : {};
}

async function start(kind: 'api' | 'bare', argument: string): Promise<string> {
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), [kind, argument], {
    env: { ...process.env, BENCH_SECRET: secret },
  });
  children.push(child);
  const [{ port }] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the ${kind} server ended`))),
  ])) as [{ port: number }];
  return `http://127.0.0.1:${port}`;
}
