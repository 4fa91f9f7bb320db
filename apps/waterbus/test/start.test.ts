import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { newDataFolder } from '@waterbus/server-api/testing/data-folder';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../src/certificates/self-signed.js';
import { Pebble } from './pebble.js';

/**
 * The start command as a process: its output, failures and end. Requires the build, as `npm test`
 * makes it. Only one test creates a database, which takes seconds; the others copy an empty one.
 */
describe('waterbus start', () => {
  let dataDir: string;

  beforeAll(() => {
    if (!existsSync(MAIN)) throw new Error('Run `npm run build` first: these tests start the built command.');
  });
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'waterbus-start-'));
  });
  afterEach(async () => {
    for (const child of launched.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  it('reports every wrong setting in a line and exits with 2', async () => {
    const { code, stderr } = await ended(launch({ HTTP_PORT: 'x', MEDIA_WORKERS: '0' }));
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/^HTTP_PORT: must be a whole number from 1 to 65535/m);
  });

  it('exits with 2 on an unknown command', async () => {
    const { code, stderr } = await ended(launch({}, ['fly']));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^waterbus has no command "fly"\.\n\nUsage: waterbus start/);
  });

  it('prints its version', async () => {
    const { code, stdout } = await ended(launch({}, ['--version']));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/)]);
  });

  it('prints the addresses, is ready, keeps its secret, ends cleanly on SIGTERM and starts again on the same data', async () => {
    const [httpPort, mediaPort] = [await freePort(), await freePort()];
    const environment = {
      DATA_DIR: dataDir,
      HTTP_PORT: String(httpPort),
      MEDIA_PORT: String(mediaPort),
      MEDIA_WORKERS: '1',
    };
    let secret = '';
    for (const round of ['first', 'second']) {
      const process = launch(environment);
      const stdout = await printed(process, /Ctrl-C ends it/);
      expect(stdout).toContain(`http://localhost:${httpPort}`);
      expect(stdout).toContain(`UDP and TCP ${mediaPort}`);
      expect(stdout).toContain('TLS_CERT');
      for (const address of ['/healthz', '/readyz', '/', '/m/abc-defg-hjk', ...ACCOUNT_PAGES, '/docs/json']) {
        expect((await fetch(`http://localhost:${httpPort}${address}`)).status, address).toBe(200);
      }
      const unknown = `http://localhost:${httpPort}/no/such/page`;
      const page = await fetch(unknown, { headers: { accept: 'text/html' } });
      expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      const problem = await fetch(unknown);
      expect([problem.status, problem.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
      const kept = await readFile(path.join(dataDir, 'secret'), 'utf8');
      if (round === 'second') expect(kept).toBe(secret);
      secret = kept;
      expect((await stat(path.join(dataDir, 'secret'))).mode & 0o077).toBe(0);
      expect((await ended(launch(environment, ['health']))).code).toBe(0);
      const asked = performance.now();
      process.kill('SIGTERM');
      // A process that hangs exits with another code.
      const { code } = await ended(process);
      expect(code).toBe(0);
      const check = await ended(launch(environment, ['health']));
      expect([check.code, check.stderr]).toEqual([1, expect.stringContaining(`port ${httpPort}`)]);
      console.log(`stopped ${Math.round(performance.now() - asked)} ms after SIGTERM`);
    }
  }, 300_000);

  it('serves page, signalling and TURN over TLS', async () => {
    const httpPort = await freePort();
    const { key, cert } = await certificateIn(dataDir);
    const process = launch({
      DATA_DIR: await newDataFolder(),
      HTTP_PORT: String(httpPort),
      MEDIA_PORT: String(await freePort()),
      MEDIA_WORKERS: '1',
      TLS_KEY: key,
      TLS_CERT: cert,
    });
    expect(await printed(process, /Ctrl-C ends it/)).toContain(`https://localhost:${httpPort}`);
    const statusOf = (path: string, headers: Record<string, string> = {}) =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request({ port: httpPort, path, headers, rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve(response.statusCode);
        });
        asked.on('error', reject).end();
      });
    expect(await statusOf('/')).toBe(200);
    expect(await stunAnswer(httpPort)).toBe(STUN_BINDING_SUCCESS);
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    };
    expect(await statusOf('/signal/?EIO=4&transport=websocket', upgrade)).toBe(101);
    process.kill('SIGTERM');
    expect((await ended(process)).code).toBe(0);
  });

  it('obtains a certificate for PUBLIC_URL, serves the page with it, and redirects to it', async () => {
    const pebble = await Pebble.start(dataDir);
    try {
      const process = launch({
        DATA_DIR: await newDataFolder(),
        PUBLIC_URL: `https://localhost:${pebble.ports.tls}`,
        ACME: 'on',
        ACME_DIRECTORY: pebble.directory,
        NODE_EXTRA_CA_CERTS: pebble.certificate,
        REDIRECT_PORT: String(pebble.ports.http),
        MEDIA_PORT: String(await freePort()),
        MEDIA_WORKERS: '1',
        LOG_LEVEL: 'info',
      });
      const obtained = logged(process, /certificate obtained/);
      expect(await printed(process, /Ctrl-C ends it/)).toContain(`https://localhost:${pebble.ports.tls}\n`);
      await obtained;
      const redirect = await fetch(`http://localhost:${pebble.ports.http}/m/abc-defg-hjk`, { redirect: 'manual' });
      expect([redirect.status, redirect.headers.get('location')]).toEqual([
        301,
        `https://localhost:${pebble.ports.tls}/m/abc-defg-hjk`,
      ]);
      const issuer = await new Promise((resolve, reject) => {
        const asked = request({ port: pebble.ports.tls, path: '/', rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve([response.statusCode, (response.socket as TLSSocket).getPeerX509Certificate()?.issuer]);
        });
        asked.on('error', reject).end();
      });
      expect(issuer).toEqual([200, expect.stringContaining('Pebble')]);
      process.kill('SIGTERM');
      expect((await ended(process)).code).toBe(0);
    } finally {
      await pebble.stop();
    }
  });

  it('names the taken HTTP port and the remedy', async () => {
    const blocker = createServer().listen(await freePort());
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const { code, stderr } = await ended(
      launch({
        DATA_DIR: await newDataFolder(),
        HTTP_PORT: String(port),
        MEDIA_PORT: String(await freePort()),
        MEDIA_WORKERS: '1',
      }),
    );
    blocker.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      `TCP port ${port} is taken by another program. Stop it or choose another port with HTTP_PORT.`,
    );
  });

  it('names the taken media port and the remedy', async () => {
    const blocker = createSocket('udp4').bind(await freePort());
    await once(blocker, 'listening');
    const { port } = blocker.address();
    const { code, stderr } = await ended(
      launch({
        DATA_DIR: await newDataFolder(),
        HTTP_PORT: String(await freePort()),
        MEDIA_PORT: String(port),
        MEDIA_WORKERS: '1',
      }),
    );
    blocker.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      `UDP port ${port} is taken by another program. Stop it or choose another port with MEDIA_PORT.`,
    );
  });

  it('names the media port that is taken by TCP, which page and media may share', async () => {
    const blocker = createServer().listen(await freePort());
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const environment = { DATA_DIR: await newDataFolder(), MEDIA_PORT: String(port), MEDIA_WORKERS: '1' };
    const { code, stderr } = await ended(launch({ ...environment, HTTP_PORT: String(await freePort()) }));
    blocker.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      `TCP port ${port} is taken by another program. Stop it or choose another port with MEDIA_PORT, or turn media over TCP off with MEDIA_TCP=0.`,
    );
    const shared = launch({ ...environment, HTTP_PORT: String(port) });
    expect(await printed(shared, /Ctrl-C ends it/)).toContain(`UDP ${port}`);
    shared.kill('SIGTERM');
    await once(shared, 'close');
  });

  it('reports a data folder that cannot be used', async () => {
    const file = path.join(dataDir, 'file');
    await writeFile(file, '');
    const { code, stderr } = await ended(launch({ DATA_DIR: path.join(file, 'below') }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/data folder.*DATA_DIR/);
  });

  it('reports a data folder that is not writable', async () => {
    const locked = path.join(dataDir, 'locked');
    await mkdir(locked);
    await chmod(dataDir, 0o755);
    await chmod(locked, 0o555);
    // Root may write anywhere, so that the process runs as user nobody.
    const { code, stderr } = await ended(
      launch({ DATA_DIR: path.join(locked, 'data') }, ['start'], process.getuid?.() === 0 ? NOBODY : undefined),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/data folder cannot be written .*DATA_DIR/);
  });
});

/** Processes that are ended after each test, also after a failed one. */
const launched: ChildProcess[] = [];

function launch(environment: Record<string, string>, words = ['start'], uid?: number) {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  launched.push(child);
  return child;
}

/**
 * The type of the answer to a Binding request on the page's port, with the protocol of RFC 7443.
 */
async function stunAnswer(port: number): Promise<number> {
  const socket = connectTls({ port, rejectUnauthorized: false, ALPNProtocols: ['stun.turn'] });
  await once(socket, 'secureConnect');
  socket.write(Buffer.from('000100002112a442000102030405060708090a0b', 'hex'));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.readUInt16BE(0);
}

const STUN_BINDING_SUCCESS = 0x0101;

/** The files of a certificate for localhost. */
async function certificateIn(folder: string): Promise<{ key: string; cert: string }> {
  const pair = await selfSigned('localhost', { now: Date.now(), days: 1 });
  const files = { key: path.join(folder, 'key.pem'), cert: path.join(folder, 'cert.pem') };
  for (const name of ['key', 'cert'] as const) await writeFile(files[name], pair[name]);
  return files;
}

type Launched = ReturnType<typeof launch>;

async function ended(child: Launched): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  if (child.exitCode === null) await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

function printed(child: Launched, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    child.stdout.on('data', (text) => {
      stdout += text;
      if (what.test(stdout)) resolve(stdout);
    });
    child.once('close', () => reject(new Error(`ended before: ${stdout}${stderr}`)));
  });
}

function logged(child: Launched, what: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
      if (what.test(stderr)) resolve();
    });
    child.once('close', () => reject(new Error(`ended before: ${stderr}`)));
  });
}

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** The addresses of account pages, some of them used in mails. */
const ACCOUNT_PAGES = [
  '/sign-in',
  '/create-account',
  '/signed-in',
  '/forgot-password',
  '/reset-password',
  '/verify-email',
  '/invitation',
  '/account',
];
const NOBODY = 65_534;
