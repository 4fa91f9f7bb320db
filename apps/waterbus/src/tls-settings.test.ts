import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const page = { PUBLIC_URL: 'https://meet.example.org' };
const file = import.meta.filename;
const cluster = {
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgres://localhost/waterbus',
  SECRET: 'x'.repeat(32),
};

describe('settings of TLS', () => {
  it('orders a certificate for a public https PUBLIC_URL, on ports 443 and 80', () => {
    expect(settingsOf(page)).toMatchObject({
      httpPort: 443,
      redirect: { port: 80, certain: false },
      acme: { host: 'meet.example.org', certain: false, directory: expect.stringContaining('//acme-v02.') },
    });
    expect(settingsOf(page).acme?.rehearsal).toContain('staging');
    expect(settingsOf({ PUBLIC_URL: 'https://[2a01:4f8::1]' }).acme?.host).toBe('2a01:4f8::1');
    expect(settingsOf({ ...page, HTTP_PORT: '443' }).acme?.certain).toBe(true);
  });

  it.each([
    ['no PUBLIC_URL', {}],
    ['http', { PUBLIC_URL: 'http://meet.example.org' }],
    ['a trusted proxy', { ...page, TRUSTED_PROXIES: '10.0.0.1' }],
    ['HTTP on loopback', { ...page, LISTEN_ADDRESS: '127.0.0.1' }],
    ['another port than that of the page', { ...page, HTTP_PORT: '8443' }],
    ['a page on another port', { PUBLIC_URL: 'https://meet.example.org:8443' }],
    ['files', { ...page, TLS_CERT: file, TLS_KEY: file }],
    ['ACME=off', { ...page, ACME: 'off' }],
    ['a cluster', { ...page, ...cluster }],
    ['localhost', { PUBLIC_URL: 'https://localhost' }],
    ['a name without a domain', { PUBLIC_URL: 'https://meet' }],
    ['a private address', { PUBLIC_URL: 'https://192.168.1.5' }],
    ['a name of the local network', { PUBLIC_URL: 'https://meet.local' }],
  ])('changes nothing with %s', (_what, environment) => {
    const { acme, redirect, httpPort } = settingsOf(environment);
    const { HTTP_PORT } = environment as { HTTP_PORT?: string };
    expect({ acme, redirect, httpPort }).toEqual({
      acme: undefined,
      redirect: undefined,
      httpPort: Number(HTTP_PORT ?? 8080),
    });
  });

  it('takes ACME=on for any port and behind a proxy, and another authority without a rehearsal', () => {
    const asked = {
      PUBLIC_URL: 'https://meet.local:8443',
      ACME: 'on',
      ACME_DIRECTORY: 'https://ca.local/acme/directory',
      ACME_EMAIL: 'admin@example.org',
      REDIRECT_PORT: '8080',
      TRUSTED_PROXIES: '10.0.0.1',
    };
    expect(settingsOf(asked)).toMatchObject({
      httpPort: 8443,
      redirect: { port: 8080, certain: true },
      acme: {
        host: 'meet.local',
        certain: true,
        directory: 'https://ca.local/acme/directory',
        rehearsal: undefined,
        email: 'admin@example.org',
      },
    });
  });

  it('redirects to a page with certificate files where a port is set', () => {
    const files = { ...page, TLS_CERT: file, TLS_KEY: file };
    expect(settingsOf({ ...files, REDIRECT_PORT: '80' }).redirect).toEqual({ port: 80, certain: true });
  });

  it.each([
    ['TLS_KEY', { TLS_CERT: file }],
    ['ACME', { ...page, ACME: 'yes' }],
    ['ACME', { ...page, ACME: 'on', TLS_CERT: file, TLS_KEY: file }],
    ['ACME', { ...page, ACME: 'on', ...cluster }],
    ['ACME', { PUBLIC_URL: 'https://localhost', ACME: 'on' }],
    ['PUBLIC_URL', { ACME: 'on' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'http://meet.example.org', ACME: 'on' }],
    ['PUBLIC_URL', { TLS_CERT: file, TLS_KEY: file, REDIRECT_PORT: '80' }],
    ['REDIRECT_PORT', { REDIRECT_PORT: '80' }],
    ['REDIRECT_PORT', { ...page, REDIRECT_PORT: '443' }],
    ['ACME_DIRECTORY', { ...page, ACME_DIRECTORY: 'http://ca.local/' }],
    ['ACME_EMAIL', { ...page, ACME_EMAIL: 'nobody' }],
  ])('reports a wrong %s in one line: %o', (name, environment) => {
    const result = readSettings(environment);
    const problems = 'problems' in result ? result.problems : [];
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
  });
});

function settingsOf(environment: Record<string, string>) {
  const result = readSettings(environment);
  if ('problems' in result) throw new Error(result.problems.join());
  return result.settings;
}
