import { once } from 'node:events';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { beforeAll, expect, it } from 'vitest';
import type { Pair } from './certificates/pair.js';
import { selfSigned } from './certificates/self-signed.js';
import { OpenConnections } from './open-connections.js';
import { PagePort } from './page-port.js';
import { ProxiedConnections } from './proxied-connections.js';

let pair: Pair;
beforeAll(async () => {
  pair = await selfSigned('localhost', { now: Date.now(), days: 1 });
});

const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** What a client that is then gone has sent; it ends nothing by itself. */
const SENT = { nothing: '', 'half a request': 'GET / HTT', 'an upgrade': UPGRADE };

it.each(
  (['http', 'https'] as const).flatMap((scheme) =>
    Object.keys(SENT).flatMap((sent) => [false, true].map((proxied) => [scheme, sent, proxied] as const)),
  ),
)('a server on %s ends although a client has sent %s (behind a proxy: %s)', async (scheme, sent, proxied) => {
  const server: Server = scheme === 'http' ? createHttp() : createHttps({ cert: pair.cert, key: pair.key });
  const accepted: Socket[] = [];
  server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  const port = new PagePort(server, { onStun: () => {} });
  if (proxied) new ProxiedConnections(server, { isProxy: () => true });
  const connections = new OpenConnections();
  connections.watch(server);
  server.prependListener('connection', (socket: Socket) => accepted.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = await send(server, SENT[sent as keyof typeof SENT]);
  await expect.poll(() => accepted.length).toBe(1);
  port.close();
  await connections.close();
  server.close();
  server.closeAllConnections();
  await expect.poll(() => accepted[0]!.destroyed).toBe(true);
  await expect.poll(() => connectionsOf(server)).toBe(0);
  client.destroy();
});

async function send(server: Server, text: string): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  await once(client, 'connect');
  if (text === '') return client;
  const isTls = 'setSecureContext' in server;
  const writer = isTls ? connectTls({ socket: client, rejectUnauthorized: false }).on('error', () => {}) : client;
  writer.write(text);
  return client;
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
