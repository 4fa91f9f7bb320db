import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.js';

const problems = (environment: Record<string, string>) => {
  const result = readSettings(environment);
  return 'problems' in result ? result.problems : [];
};

describe('settings', () => {
  it('has a default for everything', () => {
    const result = readSettings({});
    if (!('settings' in result)) throw new Error(result.problems.join());
    expect(result.settings).toMatchObject({ httpPort: 8080, mediaPort: 40_000, dataDir: './data', logLevel: 'info' });
    expect(result.settings.mediaWorkers).toBeGreaterThan(0);
    expect(result.settings.announcedAddresses).toBeUndefined();
  });

  it('takes an empty variable as unset', () => {
    expect(problems({ HTTP_PORT: '', SECRET: '' })).toEqual([]);
  });

  it.each([
    ['HTTP_PORT', '80x80'],
    ['HTTP_PORT', '0'],
    ['HTTP_PORT', '70000'],
    ['MEDIA_PORT', '-1'],
    ['MEDIA_WORKERS', '0'],
    ['ANNOUNCED_ADDRESSES', '10.0.0.1,example.org'],
    ['DATABASE_URL', 'mysql://x'],
    ['SECRET', 'short'],
    ['LOG_LEVEL', 'loud'],
    ['TLS_CERT', '/does/not/exist'],
    ['TRUST_PROXY', 'yes'],
  ])('tells of a wrong %s in one line that names it', (name, value) => {
    const lines = problems({ [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name}: `));
    expect(lines[0]).not.toContain('\n');
  });

  it('tells of all wrong settings at once', () => {
    expect(problems({ HTTP_PORT: 'a', MEDIA_PORT: 'b' })).toHaveLength(2);
  });

  it('never prints a secret', () => {
    expect(problems({ SECRET: 'hunter2', DATABASE_URL: 'mysql://u:hunter2@h/d' }).join('\n')).not.toContain('hunter2');
  });

  it('wants both halves of TLS', () => {
    expect(problems({ TLS_CERT: import.meta.filename })[0]).toMatch(/^TLS_KEY: /);
  });

  it('wants a secret with an outside database', () => {
    expect(problems({ DATABASE_URL: 'postgres://localhost/waterbus' })[0]).toMatch(/^SECRET: /);
    expect(problems({ DATABASE_URL: 'postgres://localhost/waterbus', SECRET: 'x'.repeat(32) })).toEqual([]);
  });

  it('keeps the workers’ ports below 65536', () => {
    expect(problems({ MEDIA_PORT: '65535', MEDIA_WORKERS: '2' })[0]).toMatch(/^MEDIA_PORT: /);
  });
});
