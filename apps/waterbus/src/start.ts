import { mkdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { createInProcessCluster } from '@waterbus/cluster';
import { createMediaHost } from '@waterbus/media-host';
import { createServerApi, defaultLimits, type Limits } from '@waterbus/server-api';
import { createServerWs, type ServerWs } from '@waterbus/server-ws';
import pino from 'pino';
import { greeting } from './greeting.js';
import { probePort } from './probe-port.js';
import { keptSecret } from './secret.js';
import type { Settings } from './settings.js';
import { answerUnknownAddress, serveWebApp } from './web-app.js';

export interface System {
  /** Lines for the terminal: where to open the page. */
  greeting: string[];
  close(): Promise<void>;
}

/** Everything in one process: page, API and signalling on one HTTP port, in-process cluster, one media worker per core. */
export async function start(settings: Settings): Promise<System> {
  const logger = pino({ level: settings.logLevel }, pino.destination(STDERR));
  const opened: Closable[] = [];
  let signalling: ServerWs | undefined;
  try {
    await probePort(settings.httpPort, anyAddress());
    await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
    const secret = settings.secret ?? (await keptSecret(settings.dataDir));
    const cluster = keep(createInProcessCluster());
    const mediaHost = keep(
      await createMediaHost({
        workers: settings.mediaWorkers,
        basePort: settings.mediaPort,
        announcedAddresses: settings.announcedAddresses,
        nodeIdPrefix: NODE_ID,
        logger,
      }),
    );
    const api = keep(
      await createServerApi({
        databaseUrl: settings.databaseUrl,
        dataDir: settings.dataDir,
        cluster,
        secret,
        logger,
        trustProxy: settings.trustProxy,
        https: settings.tls && (await readTls(settings.tls)),
        limits: limitsOf(settings),
        publicUrl: settings.publicUrl,
        mail: settings.mail,
        avatars: settings.avatars,
        identityProviders: settings.identityProviders,
        apiKeys: settings.apiKeys,
        privateWebhooks: settings.privateWebhooks,
        notFound: answerUnknownAddress,
        alsoReady: async () => (signalling?.ready() ? { ok: true } : { ok: false, reason: 'no media worker is up' }),
      }),
    );
    signalling = keep(
      await createServerWs({ server: api.fastify.server, cluster, mediaHost, secret, nodeId: NODE_ID, logger }),
    );
    await serveWebApp(api.fastify);
    await api.fastify.listen({ port: settings.httpPort, host: anyAddress() });
  } catch (error) {
    await closeAll();
    throw error;
  }
  return { greeting: greeting(settings), close: closeAll };

  function keep<T extends Closable>(part: T): T {
    opened.push(part);
    return part;
  }

  /** Last opened, first closed: signalling before the database that its records go to, and before media. */
  async function closeAll(): Promise<void> {
    for (const part of opened.splice(0).reverse()) await part.close();
  }
}

interface Closable {
  close(): Promise<void>;
}

async function readTls(files: NonNullable<Settings['tls']>): Promise<{ cert: Buffer; key: Buffer }> {
  return { cert: await readFile(files.certFile), key: await readFile(files.keyFile) };
}

function limitsOf({ limits }: Settings): Partial<Limits> {
  return {
    ...(limits.joinsPerMinute && { join: { ...defaultLimits.join, count: limits.joinsPerMinute } }),
    ...(limits.createsPerMinute && { create: { ...defaultLimits.create, count: limits.createsPerMinute } }),
  };
}

/** `::` takes IPv4 too, but not on a host without IPv6. */
function anyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some((address) => address.family === 'IPv6') ? '::' : '0.0.0.0';
}

/** The only node there is. */
const NODE_ID = 'ws-1';

/** Logs leave standard output to the lines meant for people. */
const STDERR = 2;
