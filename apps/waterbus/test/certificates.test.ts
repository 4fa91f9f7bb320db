import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import { Agent, createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { freePort } from '@waterbus/stun/testing/free-ports';
import acme from 'acme-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Certificates, openCertificates } from '../src/certificates/certificates.js';
import { Pebble } from './pebble.js';

/** Certificates of Debian's pebble, a certificate authority for tests, in this process. */
describe('certificates by ACME', () => {
  let folder: string;
  let pebble: Pebble;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'waterbus-acme-'));
    pebble = await Pebble.start(folder);
    acme.axios.defaults.httpsAgent = new Agent({ ca: await readFile(pebble.certificate) });
  });
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.close();
    await pebble.restart();
  });
  afterAll(async () => {
    delete acme.axios.defaults.httpsAgent;
    await pebble.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('obtains one for an IP address by http-01 and keeps it for its user only', async () => {
    const page = await openPage();
    await page.waitFor('certificate obtained');
    expect(page.lines.at(-1)).toMatchObject({ method: 'http-01', names: 'IP Address:127.0.0.1' });
    const { issuer, serial } = await page.presented();
    expect(issuer).toContain('Pebble');
    const kept = path.join(page.dataDir, 'acme');
    expect(await readdir(kept)).toHaveLength(2);
    for (const name of await readdir(kept)) expect((await stat(path.join(kept, name))).mode & 0o077, name).toBe(0);
    await page.close();

    await pebble.stop();
    const again = await openPage({ dataDir: page.dataDir });
    expect(await again.presented()).toEqual({ issuer, serial });
    expect(again.lines).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost'])('obtains one for %s by tls-alpn-01 alone', async (host) => {
    const page = await openPage({ host, redirect: false });
    await page.waitFor('certificate obtained');
    expect(page.lines.at(-1)).toMatchObject({ method: 'tls-alpn-01' });
    expect((await page.presented()).issuer).toContain('Pebble');
    // A connection for a challenge reaches no HTTP server.
    expect(page.requests).toBe(0);
  });

  it('renews without an effect on open connections', async () => {
    const page = await openPage();
    await page.waitFor('certificate obtained');
    const first = await page.presented();
    const open = await page.connect();
    await page.clock.advance(61 * DAY);
    await page.waitFor('certificate obtained', 2);
    expect((await page.presented()).serial).not.toBe(first.serial);
    open.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [answer] = await once(open, 'data');
    expect(String(answer)).toContain('200 OK');
    expect(open.getPeerX509Certificate()?.serialNumber).toBe(first.serial);
    open.destroy();
  });

  it('tries the test directory first, and the other kind of check where one fails', async () => {
    const page = await openPage({ rehearsal: true, redirectPort: await freePort() });
    await page.waitFor('certificate obtained');
    expect(page.lines.at(-1)).toMatchObject({ method: 'tls-alpn-01' });
    expect(page.lines.filter(({ message }) => message.startsWith('no certificate'))).toEqual([]);
  });

  it('requests the profile of IP addresses where the directory has it', async () => {
    const orders: unknown[] = [];
    const recorder = acme.axios.interceptors.request.use((config) => {
      const payload = config.data?.payload ? JSON.parse(Buffer.from(config.data.payload, 'base64url').toString()) : {};
      if (payload.identifiers) orders.push(payload);
      return config;
    });
    const { data } = await acme.axios.get(pebble.directory);
    data.meta.profiles = { classic: 'ninety days', shortlived: 'six days' };
    const directory = createPlainServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(data));
    }).listen(0, '127.0.0.1');
    await once(directory, 'listening');
    const url = `http://127.0.0.1:${(directory.address() as { port: number }).port}/`;
    try {
      for (const host of ['127.0.0.1', 'localhost']) {
        const page = await openPage({ host, directory: url });
        await page.waitFor('certificate obtained');
        await page.close();
      }
    } finally {
      directory.close();
      acme.axios.interceptors.request.eject(recorder);
    }
    // A request with a refused nonce is sent again.
    expect(orders[0]).toEqual({ identifiers: [{ type: 'ip', value: '127.0.0.1' }], profile: 'shortlived' });
    expect(orders.at(-1)).toEqual({ identifiers: [{ type: 'dns', value: 'localhost' }] });
  });

  it('names the reason of a refusal, and orders again later', async () => {
    const page = await openPage({ rehearsal: true, redirectPort: await freePort(), httpsPort: await freePort() });
    await page.waitFor('no certificate obtained');
    expect(page.lines.at(-1)).toMatchObject({ kind: 'challenge', failures: 1 });
    expect(page.lines.at(-1)?.reason).toMatch(/rehearsal, http-01: .*refused.*; tls-alpn-01: Failed to connect/);
    await page.waitFor('no certificate obtained', 2);
    expect((await page.presented()).issuer).toContain('Waterbus temporary');
  });

  it('starts while the authority is away, says so on port 80, and obtains one when it is back', async () => {
    await pebble.stop();
    const page = await openPage({ rehearsal: true });
    await page.waitFor('no certificate obtained');
    expect(page.lines.map(({ message }) => message)).toContain(
      'the test directory of the certificate authority is away',
    );
    expect(page.lines.at(-1)).toMatchObject({ kind: 'away', reason: expect.stringContaining('ECONNREFUSED') });
    expect((await page.presented()).issuer).toContain('Waterbus temporary');
    const waiting = await fetch(`http://127.0.0.1:${pebble.ports.http}/`, { redirect: 'manual' });
    expect([waiting.status, await waiting.text()]).toEqual([503, expect.stringContaining('waits for its certificate')]);
    await pebble.restart();
    await page.waitFor('certificate obtained');
    expect((await page.presented()).issuer).toContain('Pebble');
    const redirected = await fetch(`http://127.0.0.1:${pebble.ports.http}/m/abc?x=1`, { redirect: 'manual' });
    expect([redirected.status, redirected.headers.get('location')]).toEqual([301, 'https://127.0.0.1/m/abc?x=1']);
  });

  it('orders another one in place of a stored file that is broken', async () => {
    const page = await openPage();
    await page.waitFor('certificate obtained');
    await page.close();
    await writeFile(path.join(page.dataDir, 'acme', '127.0.0.1.pem'), 'half a key');
    const again = await openPage({ dataDir: page.dataDir });
    expect(again.lines[0]?.message).toBe('the stored certificate cannot be used');
    await again.waitFor('certificate obtained');
  });

  const opened: Page[] = [];

  async function openPage(wishes: Wishes = {}): Promise<Page> {
    const page = await Page.open(pebble, folder, wishes);
    opened.push(page);
    return page;
  }
});

interface Wishes {
  directory?: string;
  host?: string;
  dataDir?: string;
  rehearsal?: boolean;
  redirect?: boolean;
  redirectPort?: number;
  httpsPort?: number;
}

/** An HTTPS server with a certificate by ACME, on a virtual clock. */
class Page {
  readonly clock = new VirtualClock(Date.now());
  readonly lines: Line[] = [];
  requests = 0;
  #server: Server | undefined;
  #certificates: Certificates | undefined;

  private constructor(
    readonly dataDir: string,
    readonly port: number,
  ) {}

  static async open(pebble: Pebble, folder: string, wishes: Wishes): Promise<Page> {
    const { host = '127.0.0.1', redirect = true, rehearsal = false } = wishes;
    const { httpsPort = pebble.ports.tls, redirectPort = pebble.ports.http } = wishes;
    const page = new Page(wishes.dataDir ?? (await mkdtemp(path.join(folder, 'data-'))), httpsPort);
    const log = (details: object, message: string) => void page.lines.push({ ...details, message });
    const { directory = pebble.directory } = wishes;
    page.#certificates = await openCertificates(
      {
        tls: undefined,
        acme: { directory, rehearsal: rehearsal ? directory : undefined, email: 'a@example.org', host, certain: true },
        redirect: redirect ? { port: redirectPort, certain: true } : undefined,
        publicUrl: `https://${host}`,
        dataDir: page.dataDir,
      },
      { info: log, warn: log },
      page.clock,
    );
    if (!page.#certificates) throw new Error('no certificates');
    page.#server = createServer(page.#certificates.https, (_request, response) => {
      page.requests++;
      response.end('page');
    });
    page.#server.listen(httpsPort);
    await once(page.#server, 'listening');
    const redirecting = page.#certificates.redirect;
    if (redirecting) await once(redirecting.server.listen(redirecting.port, '::'), 'listening');
    page.#certificates.begin(page.#server);
    return page;
  }

  /** Advances the clock until so many lines of the log begin with this text. */
  async waitFor(message: string, count = 1): Promise<void> {
    await vi.waitFor(
      async () => {
        await this.clock.advance(SECOND);
        expect(this.lines.filter((line) => line.message.startsWith(message)).length).toBeGreaterThanOrEqual(count);
      },
      { timeout: 60_000, interval: 10 },
    );
  }

  async connect(): Promise<TLSSocket> {
    const socket = connect({ port: this.port, servername: 'localhost', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  }

  async presented(): Promise<{ issuer: string; serial: string }> {
    const socket = await this.connect();
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    return { issuer: certificate?.issuer ?? '', serial: certificate?.serialNumber ?? '' };
  }

  async close(): Promise<void> {
    await this.#certificates?.close();
    if (!this.#server?.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

interface Line {
  message: string;
  reason?: string;
  [detail: string]: unknown;
}

const SECOND = 1000;
const DAY = 86_400_000;
