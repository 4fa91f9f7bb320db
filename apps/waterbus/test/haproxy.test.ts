import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { TurnServer, timeLimitedCredentials } from '@waterbus/turn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Pair } from '../src/certificates/pair.js';
import { selfSigned } from '../src/certificates/self-signed.js';
import { PagePort } from '../src/page-port.js';
import { ProxiedConnections } from '../src/proxied-connections.js';

// Debian's HAProxy with the configurations of `deploy/haproxy`, in front of a page with TURN. The
// client has another address than HAProxy.

const cleanups: (() => unknown)[] = [];
let folder: string;
let pair: Pair;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'waterbus-haproxy-'));
  pair = await selfSigned('localhost', { now: Date.now(), days: 1 });
  writeFileSync(path.join(folder, 'both.pem'), `${pair.cert}${pair.key}`);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('HAProxy on the port of the page', () => {
  it('that ends TLS gives TURN and HTTP the address of the client', async () => {
    const server = await start(createHttp);
    const at = `127.0.0.1:${server.port}`;
    const [open, tls] = [await freePort(), await freePort()];
    await haproxy('haproxy.cfg', {
      PUBLIC: `127.0.0.1:${open}`,
      PUBLIC_TLS: `127.0.0.1:${tls}`,
      CERTIFICATE: path.join(folder, 'both.pem'),
      ...{ API_1: at, API_2: at, WS_1: at, WS_2: at },
    });
    expect(await page(tls)).toBe(`page for ${HAPROXY}, forwarded for ${CLIENT} by https`);
    expect(await uclient(tls, server.echo)).toMatch(ALL_CAME_BACK);
    expect(server.accounts).toEqual(new Set([CLIENT]));
    const redirected = await fetch(`http://127.0.0.1:${open}/`, { redirect: 'manual' });
    expect([redirected.status, redirected.headers.get('location')]).toEqual([301, `https://127.0.0.1:${open}/`]);
  });

  it('that copies bytes gives TURN and HTTP the address of the client', async () => {
    const server = await start((respond) => createHttps(pair, respond));
    const tls = await freePort();
    await haproxy('passthrough.cfg', { PUBLIC_TLS: `127.0.0.1:${tls}`, NODE_1: `127.0.0.1:${server.port}` });
    expect(await page(tls)).toBe(`page for ${CLIENT}`);
    expect(await uclient(tls, server.echo)).toMatch(ALL_CAME_BACK);
    expect(server.accounts).toEqual(new Set([CLIENT]));
  });
});

/** The page's port with TURN, whose only peer is an echo. */
async function start(create: (respond: RequestListener) => ReturnType<typeof createHttp>) {
  const echo = createSocket('udp4');
  echo.on('message', (data, from) => echo.send(data, from.port, from.address));
  echo.bind(0, HAPROXY);
  await once(echo, 'listening');
  const accounts = new Set<string>();
  const turn = new TurnServer({
    clock: { now: () => performance.now(), date: () => Date.now(), after },
    secret: SECRET,
    peers: { hasFamily: () => true, hasAddress: (address) => address === HAPROXY, reach: (peer) => peer },
    shownAddress: () => HAPROXY,
    account: (address) => {
      accounts.add(address);
      return address;
    },
    onRefusal: () => {},
  });
  const server = create(({ headers, socket }, response) => {
    const forwarded = headers['x-forwarded-for'];
    const by = forwarded === undefined ? '' : `, forwarded for ${forwarded} by ${headers['x-forwarded-proto']}`;
    response.end(`page for ${socket.remoteAddress}${by}`);
  });
  const pagePort = new PagePort(server, { onStun: (socket) => turn.accept(socket) });
  new ProxiedConnections(server, { isProxy: (address) => address === HAPROXY });
  server.listen(0, HAPROXY);
  await once(server, 'listening');
  cleanups.push(async () => {
    await turn.close();
    pagePort.close();
    server.closeAllConnections();
    server.close();
    echo.close();
  });
  return { port: (server.address() as AddressInfo).port, echo: echo.address().port, accounts };
}

/** Resolves when the page answers through it. */
async function haproxy(file: string, environment: Record<string, string>): Promise<void> {
  const configuration = fileURLToPath(new URL(`../../../deploy/haproxy/${file}`, import.meta.url));
  const child = spawn('/usr/sbin/haproxy', ['-db', '-f', configuration], { env: environment, stdio: 'ignore' });
  cleanups.push(() => ended(child));
  const port = Number(environment.PUBLIC_TLS!.split(':')[1]);
  while (!(await page(port).catch(() => ''))?.startsWith('page')) {
    if (child.exitCode !== null) throw new Error(`HAProxy ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function page(port: number): Promise<string> {
  const options = { host: '127.0.0.1', port, localAddress: CLIENT, rejectUnauthorized: false, agent: false } as const;
  const sent = request(options).end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

/** Coturn's client on TLS. Answers its output. */
async function uclient(port: number, echo: number): Promise<string> {
  const { username, credential } = timeLimitedCredentials(SECRET, 'ada', Math.floor(Date.now() / 1000) + 3600);
  const words = `-t -S -c -m 1 -n 5 -l 100 -u ${username} -w ${credential} -L ${CLIENT} -e ${HAPROXY} -r ${echo} -p ${port}`;
  return (await promisify(execFile)('turnutils_uclient', [...words.split(' '), '127.0.0.1'], { timeout: 60_000 }))
    .stdout;
}

function after(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds);
  return () => clearTimeout(timer);
}

const SECRET = 'shared';
const CLIENT = '127.0.0.9';
const HAPROXY = '127.0.0.1';
const ALL_CAME_BACK = /tot_send_msgs=5, tot_recv_msgs=5\b/;
