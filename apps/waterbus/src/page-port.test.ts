import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Pair } from './certificates/pair.js';
import { selfSigned } from './certificates/self-signed.js';
import { PagePort, type PagePortOptions } from './page-port.js';

const STUN = Buffer.from('000100002112a442000000000000000000000000', 'hex');
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
let certificate: Pair;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  certificate = await selfSigned('localhost', { now: Date.now(), days: 1 });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each(['http', 'https'] as const)('the port of a page on %s', (scheme) => {
  async function start(options: Partial<PagePortOptions> = {}) {
    const respond = (
      request: { on(name: 'data', listener: (chunk: Buffer) => void): unknown },
      response: { end(text: string): void },
    ) => {
      request.on('data', () => {});
      response.end('page');
    };
    const server = scheme === 'http' ? createHttp(respond) : createHttps(certificate, respond);
    const stun: Buffer[] = [];
    const port = new PagePort(server, {
      onStun: (socket) => {
        socket.on('error', () => {});
        socket.on('data', (chunk) => {
          stun.push(chunk);
          socket.write('turn');
        });
      },
      ...options,
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      port.close();
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, stun, pagePort: port };
  }

  async function client(port: number): Promise<{ socket: Socket; received: () => string }> {
    const socket = scheme === 'http' ? connect(port, '127.0.0.1') : connectTls({ port, rejectUnauthorized: false });
    await once(socket, scheme === 'http' ? 'connect' : 'secureConnect');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    return { socket, received: () => text };
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it('serves HTTP, keep-alive and large bodies included, and STUN', async () => {
    const { port, stun } = await start();
    const web = await client(port);
    web.socket.write(GET);
    await until(() => web.received().includes('page'));
    web.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`);
    await until(() => web.received().split('page').length === 3);
    const media = await client(port);
    media.socket.write(STUN);
    await until(() => media.received() === 'turn');
    expect(Buffer.concat(stun)).toEqual(STUN);
  });

  it('waits for the first bytes, one at a time', async () => {
    const { port, stun } = await start();
    const [web, media] = [await client(port), await client(port)];
    for (const byte of Buffer.from(GET)) web.socket.write(Buffer.from([byte]));
    for (const byte of STUN) media.socket.write(Buffer.from([byte]));
    await until(() => web.received().includes('page') && Buffer.concat(stun).length === STUN.length);
    expect(Buffer.concat(stun)).toEqual(STUN);
  });

  it('gives a request after empty lines, and garbage, to HTTP', async () => {
    const { port } = await start();
    const [late, garbage] = [await client(port), await client(port)];
    late.socket.write(`\r\n\r\n\r\n\r\n${GET}`);
    garbage.socket.write(Buffer.alloc(64 * 1024));
    await until(() => late.received().includes('page') && garbage.received().includes('400 Bad Request'));
  });

  it('serves others while one client only connects', async () => {
    const accounts = ['other', ...Array.from({ length: 5 }, () => 'flood'), 'newcomer'];
    const { port } = await start({ waiting: 4, account: () => accounts.shift() ?? '' });
    const other = await client(port);
    const flood = [await client(port), await client(port), await client(port)];
    const ends = flood.slice(0, 2).map(({ socket }) => closed(socket));
    // Each ends the oldest of the flood.
    flood.push(await client(port), await client(port));
    await Promise.all(ends);
    const third = closed(flood[2]!.socket);
    const newcomer = await client(port);
    await third;
    for (const { socket } of [other, newcomer]) socket.write(GET);
    await until(() => other.received().includes('page') && newcomer.received().includes('page'));
  });

  it('ends silent connections, and all at its own end', async () => {
    const { port } = await start({ firstBytesTime: 1 });
    await closed((await client(port)).socket);
    const { port: other, pagePort } = await start();
    const waiting = await client(other);
    const end = closed(waiting.socket);
    waiting.socket.write(STUN.subarray(0, 3));
    pagePort.close();
    await end;
  });
});

/** An error is one way of ending. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
