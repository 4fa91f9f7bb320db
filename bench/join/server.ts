import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RedisTopology } from '@waterbus/cluster';

// The process under load: `server.ts <tree> <secret> [Redis]`, a Server WS of that tree with one
// media worker, which is another process. Sends its origin to the parent and answers each request.

export type ServerRequest =
  | { type: 'reading' }
  /** Begins a CPU profile. */
  | { type: 'profile' }
  /** Ends it and writes it to this file. */
  | { type: 'profiled'; file: string };

/** The resources that a Server WS has used since its start. */
export interface Reading {
  type: 'reading';
  /** Microseconds of user and system time of all its threads. */
  cpu: number;
  /** Bytes on the sockets of its clients, TLS and TCP headers excluded. */
  sent: number;
  received: number;
}

export type ServerReply = { type: 'ready'; origin: string } | Reading | { type: 'profile' } | { type: 'profiled' };

const [tree = '', secret = '', redis] = process.argv.slice(2);

/** The sources of the tree: an older revision has no such benchmark. */
async function load<T>(name: string): Promise<T> {
  const own = createRequire(path.join(tree, 'package.json'));
  return import(pathToFileURL(own.resolve(name)).href);
}

const { createInProcessCluster, createRedisCluster } =
  await load<typeof import('@waterbus/cluster')>('@waterbus/cluster');
const { createMediaHost } = await load<typeof import('@waterbus/media-host')>('@waterbus/media-host');
const { createServerWs } = await load<typeof import('@waterbus/server-ws')>('@waterbus/server-ws');

const print = (details: object, message: string) => console.error(message, JSON.stringify(details));
const logger = { debug: () => {}, info: () => {}, warn: print, error: print };
const cluster = redis
  ? await createRedisCluster({ redis: JSON.parse(redis) as RedisTopology, secret })
  : createInProcessCluster();
const mediaHost = await createMediaHost({
  workers: 1,
  basePort: 0,
  announcedAddresses: ['127.0.0.1'],
  nodeIdPrefix: 'bench-media',
  logger,
});
const server = createServer();
const ended = { sent: 0, received: 0 };
const sockets = new Set<import('node:net').Socket>();
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.once('close', () => {
    sockets.delete(socket);
    ended.sent += socket.bytesWritten;
    ended.received += socket.bytesRead;
  });
});
const serverWs = await createServerWs({
  server,
  cluster,
  mediaHost,
  secret,
  nodeId: 'bench-ws',
  logger,
  // Each client has an address of its own, so that no limit of one address applies.
  trustedProxies: ['127.0.0.1'],
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  reply({ type: 'ready', origin: `http://127.0.0.1:${port}` });
});

const inspector = new Session();

process.on('message', (request: ServerRequest) => {
  void answer(request).then(reply);
});
process.once('disconnect', async () => {
  await serverWs.close();
  await mediaHost.close();
  await cluster.close();
  process.exit(0);
});

async function answer(request: ServerRequest): Promise<ServerReply> {
  switch (request.type) {
    case 'reading':
      return reading();
    case 'profile':
      inspector.connect();
      await inspector.post('Profiler.enable');
      await inspector.post('Profiler.start');
      return { type: 'profile' };
    case 'profiled': {
      const { profile } = await inspector.post('Profiler.stop');
      inspector.disconnect();
      await writeFile(request.file, JSON.stringify(profile));
      return { type: 'profiled' };
    }
  }
}

function reading(): Reading {
  const { user, system } = process.cpuUsage();
  let { sent, received } = ended;
  for (const { bytesWritten, bytesRead } of sockets) {
    sent += bytesWritten;
    received += bytesRead;
  }
  return { type: 'reading', cpu: user + system, sent, received };
}

function reply(message: ServerReply): void {
  process.send?.(message);
}
