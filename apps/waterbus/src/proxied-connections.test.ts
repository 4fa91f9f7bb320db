import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Pair } from './certificates/pair.js';
import { selfSigned } from './certificates/self-signed.js';
import { PagePort } from './page-port.js';
import { ProxiedConnections } from './proxied-connections.js';

const STUN = Buffer.from('000100002112a442000000000000000000000000', 'hex');
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
/** From 192.0.2.77, port 1234. */
const HEADER = Buffer.from('0d0a0d0a000d0a515549540a2111000cc000024d7f00000104d201bb', 'hex');
let certificate: Pair;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  certificate = await selfSigned('localhost', { now: Date.now(), days: 1 });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each(['http', 'https'] as const)('a port on %s behind a proxy', (scheme) => {
  it.each([
    ['with HTTP', GET, 'http 192.0.2.77 1234'],
    ['with STUN', STUN, 'stun 192.0.2.77 1234'],
  ])('has the address of the client that the header names, %s', async (_what, bytes, served) => {
    const { port, seen } = await start(true);
    const { raw, client } = await begun(port, HEADER);
    client().write(bytes);
    await until(() => seen.length === 1);
    expect(seen).toEqual([served]);
    raw.destroy();
  });

  it('reads a header byte by byte, and together with the first bytes of the client', async () => {
    const { port, seen } = await start(true);
    const { raw, client } = await begun(port, HEADER.subarray(0, 5));
    for (const byte of HEADER.subarray(5, -1)) raw.write(Buffer.from([byte]));
    raw.cork();
    raw.write(HEADER.subarray(-1));
    client().write(GET);
    raw.uncork();
    await until(() => seen.length === 1);
    expect(seen).toEqual(['http 192.0.2.77 1234']);
  });

  it('ends a connection of the proxy that begins otherwise, or with nothing in time', async () => {
    const { port, seen } = await start(true, 50);
    const begins = [scheme === 'http' ? STUN : Buffer.from([0x16, 3, 1, 0, 5]), HEADER.subarray(0, 9), Buffer.alloc(0)];
    for (const begin of begins) {
      const { raw } = await begun(port, begin);
      if (!raw.closed) await once(raw, 'close');
    }
    expect(seen).toEqual([]);
  });

  it('takes no header from another address', async () => {
    const { port, seen } = await start(false);
    const { raw } = await begun(port, Buffer.concat([HEADER, Buffer.from(GET)]));
    if (!raw.closed) await once(raw, 'close');
    const { client } = await begun(port, Buffer.alloc(0));
    client().write(GET);
    await until(() => seen.length === 1);
    expect(seen[0]).toMatch(/^http 127\.0\.0\.1 /);
  });

  if (scheme === 'http') {
    it('takes HTTP of the proxy itself, which adds headers to it', async () => {
      const { port, seen } = await start(true);
      const { raw } = await begun(port, Buffer.from(GET));
      await until(() => seen.length === 1);
      expect(seen[0]).toBe(`http 127.0.0.1 ${raw.localPort}`);
    });
  }

  /** Records each request and TURN connection with the client's address. */
  async function start(isProxy: boolean, headerTime?: number) {
    const seen: string[] = [];
    const note = (kind: string, { remoteAddress, remotePort }: Socket) =>
      seen.push(`${kind} ${remoteAddress} ${remotePort}`);
    const respond: RequestListener = (request, response) => {
      note('http', request.socket);
      response.end('page');
    };
    const server = scheme === 'http' ? createHttp(respond) : createHttps(certificate, respond);
    server.on('tlsClientError', () => {});
    const pagePort = new PagePort(server, {
      onStun: (socket) => {
        note('stun', socket);
        socket.on('error', () => {}).resume();
      },
    });
    new ProxiedConnections(server, { isProxy: () => isProxy, ...(headerTime && { headerTime }) });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      pagePort.close();
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, seen };
  }

  /** A connection that begins with these bytes; `client` continues with the client's protocol. */
  async function begun(port: number, begin: Buffer): Promise<{ raw: Socket; client: () => Socket }> {
    const raw = connect(port, '127.0.0.1');
    cleanups.push(() => raw.destroy());
    raw.on('error', () => {});
    await once(raw, 'connect');
    raw.write(begin);
    const client = () => {
      if (scheme === 'http') return raw;
      return connectTls({ socket: raw, rejectUnauthorized: false }).on('error', () => {});
    };
    if (begin !== HEADER) raw.resume();
    return { raw, client };
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
