import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, freePorts } from '@waterbus/stun/testing/free-ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../certificates/self-signed.js';
import { greeting } from '../greeting.js';
import { readSettings } from '../settings.js';
import { examineCertificate } from './certificate.js';
import { examine } from './doctor.js';
import type { Finding } from './finding.js';
import { ofAuthority } from './services.js';

const DAY = 86_400_000;

describe('waterbus doctor', () => {
  const closings: (() => void)[] = [];
  let folder: string;
  let environment: Record<string, string>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'waterbus-doctor-'));
    environment = {
      DATA_DIR: path.join(folder, 'data'),
      HTTP_PORT: String(await freePort()),
      MEDIA_PORT: String(await freePorts(2)),
      MEDIA_WORKERS: '1',
    };
  });
  afterEach(async () => {
    for (const close of closings.splice(0)) close();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds a machine on which Waterbus can start, and changes nothing on it', async () => {
    const findings = await examine(environment);
    expect(findings.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(new Set(findings.map(({ part }) => part))).toEqual(
      new Set(['settings', 'ports', 'certificate', 'database', 'node', 'addon', 'buffers', 'files', 'disk']),
    );
    await expect(rm(environment.DATA_DIR ?? '')).rejects.toThrow('ENOENT');
  });

  it('reports each wrong setting', async () => {
    const findings = await examine({ HTTP_PORT: 'x', GUESTS: 'some' });
    expect(findings.map(({ state, part }) => `${state} ${part}`)).toEqual(['fail settings', 'fail settings']);
    expect(findings[0]?.message).toMatch(/^HTTP_PORT: /);
  });

  it('names ports of other programs, with the setting to change', async () => {
    await listen((_request, response) => response.end('another program'));
    await bindMedia();
    const found = (await examine(environment)).filter(({ part }) => part === 'ports');
    expect(found).toMatchObject([
      { state: 'fail', message: expect.stringContaining('EADDRINUSE'), remedy: expect.stringContaining('HTTP_PORT') },
      { state: 'fail', message: expect.stringContaining('UDP'), remedy: expect.stringContaining('MEDIA_PORT') },
      { state: 'ok', message: expect.stringContaining(`UDP ${second()} can be opened; `) },
    ]);
  });

  it('warns where the second range of media ports, which an upgrade needs, is taken', async () => {
    await bindMedia(second());
    const found = (await examine(environment)).filter(({ part }) => part === 'ports');
    expect(found.slice(1)).toMatchObject([
      { state: 'ok', message: `UDP ${environment.MEDIA_PORT} can be opened` },
      {
        state: 'warn',
        message: `an upgrade would fail: UDP ${second()} cannot be opened`,
        remedy: expect.stringContaining('MEDIA_PORT'),
      },
    ]);
  });

  it('warns where two versions cannot run side by side', async () => {
    const found = await examine({ ...environment, MEDIA_PORT: '65535' });
    expect(found).toContainEqual(
      expect.objectContaining({ state: 'warn', message: expect.stringMatching(/^an upgrade would end all calls: /) }),
    );
  });

  it('warns of media workers without an extra port, as the start does', async () => {
    const few = { ...environment, MEDIA_EXTRA_PORTS: String(await freePort()), MEDIA_WORKERS: '2' };
    const found = (await examine(few)).filter(({ state, part }) => part === 'ports' && state === 'warn');
    expect(found.slice(0, 1)).toMatchObject([
      { message: expect.stringContaining('1 of 2 ports'), remedy: expect.stringContaining('TURN_PORT') },
    ]);
    const result = readSettings(few);
    if (!('settings' in result)) throw new Error(result.problems.join());
    for (const parts of [['api', 'ws'], ['ws']] as const) {
      expect(greeting(result.settings, parts).join()).toContain(found[0]!.message);
    }
    const enough = { ...result.settings, mediaWorkers: 1 };
    expect(greeting(enough).join()).not.toContain('MEDIA_EXTRA_PORTS');
  });

  it('names a media port that another program has by TCP', async () => {
    const blocker = createServer().listen(Number(environment.MEDIA_PORT));
    await once(blocker, 'listening');
    const found = (await examine(environment)).filter(({ part, state }) => part === 'ports' && state === 'fail');
    blocker.close();
    expect(found).toMatchObject([
      {
        message: `TCP ${environment.MEDIA_PORT} cannot be opened (EADDRINUSE)`,
        remedy: expect.stringContaining('MEDIA_TCP=0'),
      },
    ]);
  });

  it('recognises a running Waterbus on its ports', async () => {
    await listen((_request, response) => response.end('{"status":"ok"}'));
    await bindMedia();
    const found = (await examine(environment)).filter(({ part }) => part === 'ports');
    expect(found.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
    expect(found[0]?.message).toContain('a running Waterbus has it');
    expect(found[2]?.message).toContain(`alternates with ${environment.MEDIA_PORT}: open both in the firewall`);
  });

  it('names services that do not answer, without their addresses’ passwords', async () => {
    const findings = await examine({
      ...environment,
      SECRET: 'x'.repeat(32),
      DATABASE_URL: 'postgres://waterbus:hunter2@127.0.0.1:1/waterbus',
      REDIS_URL: 'redis://waterbus:hunter2@127.0.0.1:1',
    });
    const failures = findings.filter(({ state }) => state === 'fail').map(({ part, message }) => `${part} ${message}`);
    expect(failures).toEqual([expect.stringMatching(/^database .*REFUSED/), expect.stringMatching(/^redis .*REFUSED/)]);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });

  it('compares the clock with that of the certificate authority, and names one that is away', async () => {
    const url = `http://localhost:${environment.HTTP_PORT}/directory`;
    expect(await ofAuthority(url)).toMatchObject([{ state: 'fail', message: expect.stringContaining('ECONNREFUSED') }]);
    const hour = 3_600_000;
    await listen((_request, response) =>
      response.setHeader('date', new Date(Date.now() - hour).toUTCString()).end('{}'),
    );
    expect(await ofAuthority(url)).toMatchObject([
      { state: 'ok' },
      { part: 'clock', state: 'fail', message: expect.stringMatching(/(3599|36\d\d)\.\d s ahead/) },
    ]);
  });

  it.each<[string, { host?: string; days?: number; at?: number }, string, RegExp]>([
    ['that nobody vouches for', {}, 'warn', /no public authority has issued it/],
    ['for another name', { host: 'other.example.org' }, 'fail', /not for localhost/],
    ['that has expired', { at: 2 * DAY }, 'fail', /has expired/],
    ['that expires soon', { days: 90, at: 80 * DAY }, 'warn', /expires in 9 days/],
    ['that is not valid yet', { at: -DAY }, 'fail', /is valid from/],
  ])('examines a certificate %s', async (_what, { host = 'localhost', days = 1, at = 0 }, state, message) => {
    const now = Date.now();
    const pair = await selfSigned(host, { now, days });
    expect(await certificateFindings(pair.cert, pair.key, now + at)).toContainEqual(
      expect.objectContaining({ part: 'certificate', state, message: expect.stringMatching(message) }),
    );
  });

  it('reports certificate files that do not belong together', async () => {
    const [one, other] = [await newPair(), await newPair()];
    expect(await certificateFindings(one.cert, other.key)).toMatchObject([
      { state: 'fail', message: 'The private key is not the one of the certificate' },
    ]);
  });

  async function certificateFindings(cert: string, key: string, now = Date.now()): Promise<Finding[]> {
    const tls = { certFile: path.join(folder, 'cert.pem'), keyFile: path.join(folder, 'key.pem') };
    await writeFile(tls.certFile, cert);
    await writeFile(tls.keyFile, key);
    return examineCertificate({ tls, publicUrl: 'https://localhost', acme: undefined, dataDir: folder }, now);
  }

  async function listen(answer: RequestListener): Promise<void> {
    const server: Server = createServer(answer).listen(Number(environment.HTTP_PORT));
    closings.push(() => server.close());
    await once(server, 'listening');
  }

  /** The media port of the second version of an upgrade. */
  function second(): number {
    return Number(environment.MEDIA_PORT) + 1;
  }

  async function bindMedia(port = Number(environment.MEDIA_PORT)): Promise<void> {
    const socket = createSocket('udp4').bind(port);
    closings.push(() => socket.close());
    await once(socket, 'listening');
  }
});

function newPair() {
  return selfSigned('localhost', { now: Date.now(), days: 90 });
}
