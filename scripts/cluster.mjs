// `npm run cluster`: a whole cluster on this machine. PostgreSQL, Redis, 2 Server APIs, 3 Server WS and HAProxy on one public port.
// Ctrl-C ends it, and with it all data: it is for trying and for tests.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../apps/server-api/test/postgres.ts';
import { build } from './build.mjs';
import { balancer, ensureTools, redis } from './tools.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const main = path.join(root, 'apps/waterbus/dist/main.js');
/** Times 200 ms: a first start on a busy machine. */
const ATTEMPTS = 300;
const publicPort = Number(process.env.HTTP_PORT ?? 8080);
const mediaPort = Number(process.env.MEDIA_PORT ?? 40_000);
const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-cluster-'));
const children = new Map();
let postgres;
let ending = false;

process.on('SIGINT', () => void end(0));
process.on('SIGTERM', () => void end(0));

if (!ensureTools([...redis, ...balancer]) || (process.env.SKIP_BUILD !== '1' && !build())) process.exit(1);
try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await end(1);
}

async function start() {
  postgres = await startPostgres();
  const redisPort = await freePort();
  run('redis', '/usr/bin/redis-server', ['--port', redisPort, '--bind', '127.0.0.1', '--save', '', '--dir', folder]);

  const shared = {
    DATABASE_URL: await postgres.newDatabase(),
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    SECRET: randomBytes(32).toString('hex'),
    DATA_DIR: path.join(folder, 'data'),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
    TRUST_PROXY: '1',
    MEDIA_WORKERS: '1',
  };
  const addresses = {};
  for (const name of ['api-1', 'api-2', 'ws-1', 'ws-2', 'ws-3']) {
    const [part, number] = name.split('-');
    const port = await freePort();
    addresses[`${part.toUpperCase()}_${number}`] = `127.0.0.1:${port}`;
    const own = { HTTP_PORT: String(port), MEDIA_PORT: String(mediaPort + Number(number) - 1), NODE_ID: name };
    run(name, process.execPath, [main, part], { ...process.env, ...shared, ...own });
    await ready(name, `http://127.0.0.1:${port}/readyz`);
  }
  const configuration = path.join(root, 'deploy/haproxy/haproxy.cfg');
  const everywhere = { ...process.env, ...addresses, PUBLIC: `*:${publicPort}` };
  run('haproxy', '/usr/sbin/haproxy', ['-db', '-f', configuration], everywhere);
  await ready('haproxy', `http://127.0.0.1:${publicPort}/readyz`);
  console.log(`A cluster is running. Open:\n  http://localhost:${publicPort}`);
  for (const [name, child] of children) console.log(`  ${name}: process ${child.pid}`);
  console.log('Send SIGTERM to a ws process to drain it, SIGKILL to crash it. Ctrl-C ends everything.');
}

function run(name, program, options, env = process.env) {
  const child = spawn(program, options.map(String), { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.set(name, child);
  child.once('error', (error) => console.error(`${name}: ${error.message}`));
  child.once('exit', (code, signal) => {
    children.delete(name);
    if (!ending) console.log(`${name} has ended (${signal ?? code})`);
  });
}

async function end(code) {
  if (ending) return;
  ending = true;
  // Who serves people first, and the data last.
  for (const group of [['haproxy'], ['ws-1', 'ws-2', 'ws-3'], ['api-1', 'api-2'], ['redis']]) {
    await Promise.all(group.map((name) => stop(name)));
  }
  await postgres?.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

async function stop(name) {
  const child = children.get(name);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  // SIGINT ends a Server WS without draining.
  child.kill(name.startsWith('ws') ? 'SIGINT' : 'SIGTERM');
  await gone;
}

async function ready(name, url) {
  for (let attempt = 0; attempt < ATTEMPTS && children.has(name); attempt += 1) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${name} is not ready`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
