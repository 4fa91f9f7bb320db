import { execFile, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { afterEach, describe, expect, it } from 'vitest';
import { timeLimitedCredentials } from '../src/credentials/time-limited.js';
import { FrameReader } from '../src/framing/frame-reader.js';
import { TurnServer } from '../src/sockets/turn-server.js';
import { SECRET } from './memory-world.js';
import { TestTurnClient } from './turn-client.js';

// Debian's coturn as a client of this server, and as a server for clients of `ICE_SERVERS`.

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe("coturn's client", () => {
  it('gets every packet back over UDP, TCP and TLS, on channels and by indications', async () => {
    const { echo, port, tlsPort } = await start();
    const ways = [[], ['-s'], ['-t'], ['-t', '-S']];
    const outputs = await Promise.all(
      ways.map((options, index) => {
        const server = `${options.includes('-S') ? tlsPort : port}`;
        return uclient(`user${index}`, ['-n', '5', ...options, '-e', '127.0.0.1', '-r', `${echo}`, '-p', server]);
      }),
    );
    for (const output of outputs) expect(output).toMatch(/tot_send_msgs=5, tot_recv_msgs=5\b/);
  });

  it('relays to media nodes that have IPv6 alone', async () => {
    const { echo, port, tlsPort } = await start('::1');
    const ways = [[], ['-t', '-S']];
    const outputs = await Promise.all(
      ways.map((options, index) => {
        const words = ['-n', '5', '-x', ...options, '-e', '::1', '-r', `${echo}`];
        return uclient(`user${index}`, [...words, '-p', `${options.length > 0 ? tlsPort : port}`], '::1');
      }),
    );
    for (const output of outputs) expect(output).toMatch(/tot_send_msgs=5, tot_recv_msgs=5\b/);
  });

  it('cannot reach another peer', async () => {
    const { port, refused } = await start();
    const words = ['-n', '1', '-t', '-e', '127.0.0.1', '-r', `${FORBIDDEN_PORT}`, '-p', `${port}`];
    await expect(uclient('uclient', words)).rejects.toThrow();
    expect(refused).toContain('peer');
  });
});

describe("coturn's server", () => {
  it('accepts the credentials that a shared secret makes', async () => {
    const port = await freePort();
    const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-coturn-'));
    const words = `-n --listening-ip 127.0.0.1 --listening-port ${port} --relay-ip 127.0.0.1 --realm example.org
      --use-auth-secret --static-auth-secret shared --no-tls --no-dtls --no-cli --log-file stdout
      --userdb ${folder}/db --pidfile ${folder}/pid`;
    const server = spawn('turnserver', words.split(/\s+/), { stdio: 'ignore' });
    cleanups.push(async () => {
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    });
    const socket = await connected(port);
    const client = new TestTurnClient({ secret: 'shared', expires: inAnHour(), send: (bytes) => socket.write(bytes) });
    const reader = new FrameReader(4096);
    socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk) ?? []) client.receive(frame);
    });
    client.allocate();
    await until(() => client.outcome === 401);
    client.allocate();
    await until(() => client.answers.length === 2);
    expect(client.outcome).toBe('ok');
  });
});

/** A server on UDP, TCP and TLS, whose only peer is an echo on loopback. */
async function start(loopback = '127.0.0.1') {
  const echo = createSocket(loopback === '::1' ? 'udp6' : 'udp4');
  echo.on('message', (data, from) => echo.send(data, from.port, from.address));
  echo.bind(0, loopback);
  await once(echo, 'listening');
  const { port: echoPort } = echo.address();
  const refused: string[] = [];
  const server = new TurnServer({
    clock: systemClock,
    secret: SECRET,
    peers: {
      hasFamily: () => true,
      hasAddress: (address) => address === loopback,
      // The client also binds channels to ports that it makes up.
      reach: (peer) => (peer.address === loopback && peer.port !== FORBIDDEN_PORT ? peer : undefined),
    },
    shownAddress: () => loopback,
    account: (address) => address,
    onRefusal: (kind) => refused.push(kind),
  });
  const tls = createServer(certificate(), (socket) => server.accept(socket)).listen(0, loopback);
  await once(tls, 'listening');
  cleanups.push(async () => {
    await server.close();
    tls.close();
    echo.close();
  });
  const port = await server.listen(0, loopback);
  return { echo: echoPort, port, tlsPort: (tls.address() as AddressInfo).port, refused };
}

/** One client without a relay for RTCP. Answers its output. */
async function uclient(user: string, words: string[], server = '127.0.0.1'): Promise<string> {
  const { username, credential } = timeLimitedCredentials(SECRET, user, inAnHour());
  const all = ['-c', '-m', '1', '-l', '100', '-u', username, '-w', credential, ...words, server];
  return (await promisify(execFile)('turnutils_uclient', all, { timeout: 60_000 })).stdout;
}

function certificate(): { cert: Buffer; key: Buffer } {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-turn-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', ...options, '-subj', '/CN=turn', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pair = { cert: readFileSync(cert), key: readFileSync(key) };
  rmSync(folder, { recursive: true });
  return pair;
}

/** Retries until the server listens. */
async function connected(port: number) {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    cleanups.push(() => socket.destroy());
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return socket;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function inAnHour(): number {
  return Math.floor(Date.now() / 1000) + 3600;
}

const systemClock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(milliseconds: number, callback: () => void) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

const FORBIDDEN_PORT = 22;
