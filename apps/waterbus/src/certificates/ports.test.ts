import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readSettings, type Settings } from '../settings.js';
import { settlePorts } from './ports.js';

describe('the ports of the page', () => {
  const blockers: Server[] = [];
  afterEach(() => {
    for (const blocker of blockers.splice(0)) blocker.close();
  });

  it('leaves the certificate to a reverse proxy that holds the port of the page', async () => {
    const taken = await takenPort();
    const free = await freePort();
    const { settings, notes } = await settlePorts(deduced({ httpPort: taken }), '127.0.0.1', free);
    expect(settings).toMatchObject({ httpPort: free, acme: undefined, redirect: undefined });
    expect(notes[0]).toMatch(/Port \d+ is taken .* reverse proxy .* TRUSTED_PROXIES/);
  });

  it('does without the redirect where its port is taken', async () => {
    const redirect = { port: await takenPort(), certain: false };
    const { settings, notes } = await settlePorts(deduced({ httpPort: await freePort(), redirect }), '127.0.0.1');
    expect(settings.redirect).toBeUndefined();
    expect(settings.acme).toBeDefined();
    expect(notes[0]).toContain(`Port ${redirect.port} is taken`);
  });

  it('fails on a taken port that a setting names', async () => {
    const taken = await takenPort();
    const certain = { acme: { ...deduced({}).acme, certain: true } as Settings['acme'] };
    await expect(settlePorts(deduced({ ...certain, httpPort: taken }), '127.0.0.1')).rejects.toThrow('EADDRINUSE');
    const redirect = { port: taken, certain: true };
    const named = deduced({ httpPort: await freePort(), redirect });
    await expect(settlePorts(named, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
  });

  async function takenPort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    blockers.push(server);
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  async function freePort(): Promise<number> {
    const port = await takenPort();
    const server = blockers.pop();
    server?.close();
    if (server) await once(server, 'close');
    return port;
  }
});

/** Settings with a certificate that follows from PUBLIC_URL. */
function deduced(changes: Partial<Settings>): Settings {
  const result = readSettings({ PUBLIC_URL: 'https://meet.example.org' });
  if ('problems' in result) throw new Error(result.problems.join());
  return { ...result.settings, ...changes };
}
