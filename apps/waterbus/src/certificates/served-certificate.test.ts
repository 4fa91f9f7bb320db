import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { type ConnectionOptions, connect } from 'node:tls';
import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Challenges, serverName } from './challenges.js';
import { watchExpiry } from './expiry.js';
import { selfSigned } from './self-signed.js';
import { ServedCertificate } from './served-certificate.js';

describe('the served certificate', () => {
  let server: Server;
  let served: ServedCertificate;
  const challenges = new Challenges();
  const accepted: unknown[] = [];

  beforeEach(async () => {
    accepted.length = 0;
    served = new ServedCertificate(await pair('meet.example.org'), challenges, { temporary: false });
    server = createServer(served.options());
    server.on('secureConnection', (socket) => accepted.push(socket.alpnProtocol));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    served.attach(server);
  });
  afterEach(() => {
    challenges.clear();
    server.closeAllConnections();
    server.close();
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'answers a challenge over %s, beside ordinary connections',
    async (version) => {
      const offer = { host: '127.0.0.1', token: 'a', keyAuthorization: 'a.b', now: Date.now() };
      await challenges.offer('tls-alpn-01', offer);
      const versions = { minVersion: version, maxVersion: version };
      const name = serverName('127.0.0.1');
      const check = await handshake({ servername: name, ALPNProtocols: ['acme-tls/1'], ...versions });
      expect(check).toEqual(['acme-tls/1', 'IP Address:127.0.0.1']);
      expect(await handshake({ servername: name, ALPNProtocols: ['http/1.1'], ...versions })).toEqual([
        'http/1.1',
        'DNS:meet.example.org',
      ]);
      expect(accepted).toEqual(['http/1.1']);
    },
  );

  it('refuses a check without a challenge', async () => {
    const check = { servername: 'meet.example.org', ALPNProtocols: ['acme-tls/1'] };
    await expect(handshake(check)).rejects.toThrow('no application protocol');
    expect(accepted).toEqual([]);
  });

  it.each([
    [['http/1.1'], 'http/1.1'],
    [['h2', 'http/1.1'], 'http/1.1'],
    [['stun.turn'], 'stun.turn'],
    [undefined, false],
  ])('accepts the protocols %j', async (protocols, selected) => {
    expect((await handshake({ ALPNProtocols: protocols }))[0]).toBe(selected);
  });

  it('presents a new certificate to new connections', async () => {
    served.use(await pair('new.example.org'));
    expect((await handshake({}))[1]).toBe('DNS:new.example.org');
  });

  it('warns once a day in the last fifth of the lifetime', async () => {
    const clock = new VirtualClock(Date.now());
    const lines: string[] = [];
    const log = (_details: object, message: string) => void lines.push(message);
    const end = watchExpiry(served, clock, { info: log, warn: log });
    await clock.advance(71 * DAY);
    expect(lines).toEqual([]);
    await clock.advance(3.5 * DAY);
    expect(lines).toEqual(Array(3).fill('the certificate expires soon'));
    await clock.advance(20 * DAY);
    expect(lines.at(-1)).toBe('the certificate has expired');
    expect(lines.length).toBeLessThanOrEqual(24);
    end();
  });

  async function handshake(options: ConnectionOptions): Promise<[unknown, string | undefined]> {
    const { port } = server.address() as { port: number };
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    const result: [unknown, string | undefined] = [
      socket.alpnProtocol,
      socket.getPeerX509Certificate()?.subjectAltName,
    ];
    socket.on('error', () => {});
    socket.end();
    await once(socket, 'close');
    return result;
  }
});

describe('the server name of a check', () => {
  it.each([
    ['meet.example.org', 'meet.example.org'],
    ['192.0.2.10', '10.2.0.192.in-addr.arpa'],
    ['2001:db8::1', `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
    ['::ffff:192.0.2.10', `a.0.2.0.0.0.0.c.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`],
  ])('of %s is %s', (host, name) => {
    expect(serverName(host)).toBe(name);
  });
});

function pair(host: string) {
  return selfSigned(host, { now: Date.now(), days: 90 });
}

const DAY = 86_400_000;
