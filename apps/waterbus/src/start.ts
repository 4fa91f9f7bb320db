import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Server as HttpsServer, ServerOptions } from 'node:https';
import { hostname, networkInterfaces } from 'node:os';
import {
  type Cluster,
  type ClusterChannel,
  createInProcessCluster,
  createRedisCluster,
  type HandedCluster,
  HostedMember,
  joinSharedCluster,
  type NodeAbout,
} from '@waterbus/cluster';
import { createMediaHost, type MediaHost } from '@waterbus/media-host';
import { createServerApi, logOptions, type Readiness, type ServerApi } from '@waterbus/server-api';
import {
  createServerWs,
  network,
  proxyAddresses,
  type ServerWs,
  type ServerWsOptions,
  type TurnHandles,
  type TurnPort,
  type UdpHandle,
} from '@waterbus/server-ws';
import { noTracing, type Tracer } from '@waterbus/telemetry';
import pino, { type Logger } from 'pino';
import { type Certificates, openCertificates } from './certificates/certificates.js';
import { settlePorts } from './certificates/ports.js';
import { greeting } from './greeting.js';

import { healthServer } from './health-server.js';
import { MediaLiveness } from './media-liveness.js';
import type { MetricsServer } from './metrics/metrics-server.js';
import { OpenConnections } from './open-connections.js';
import { PagePort } from './page-port.js';
import { ProxiedConnections } from './proxied-connections.js';
import { serveReferenceSite } from './reference-site.js';
import { limitsOf } from './request-limits.js';
import { keptSecret } from './secret.js';
import type { Settings } from './settings.js';
import { settingsInForce } from './settings-in-force.js';
import { othersAreUp } from './stopping.js';
import { Listener, type SocketHandle } from './upgrade/listener.js';
import type { SocketName } from './upgrade/messages.js';
import { answerUnknownAddress, serveWebApp } from './web-app.js';

export interface System {
  /** Lines for the terminal with the addresses of the page. */
  greeting: string[];
  /** Whether another Server WS can take over the participants of this process. */
  othersAreUp(): Promise<boolean>;
  /**
   * Moves all participants away (R10). Resolves when the process is empty, at the deadline, or on
   * `stay`.
   */
  drain(): Promise<{ participants: number } | undefined>;
  /** Ends a drain: the process accepts newcomers again. */
  stay(): void;
  close(): Promise<void>;
  /** With the ports that the process could open. */
  settings: Settings;
  listeners: readonly Listener[];
  turnDatagrams: TurnPort['datagrams'] | undefined;
  /** Lends the embedded database to a successor, and takes it back. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** The longest gap of each participant whose streams moved in the last so many milliseconds. */
  gaps(within: number): Record<string, number>;
  /** Serves the cluster of this process to a successor. Undefined with Redis. */
  share(channel: ClusterChannel): HostedMember | undefined;
}

/** The listening sockets that a successor receives from its predecessor. */
export interface Inherited {
  settle(settings: Settings): Promise<Settings>;
  socket(name: SocketName): SocketHandle | undefined;
  channel: ClusterChannel;
  /** Resolves when the predecessor has closed the embedded database. */
  database(): Promise<void>;
}

/** The parts of a process. `start` runs both; a cluster has processes for each. */
export type Part = 'api' | 'ws';

/**
 * Runs the page and API (`api`), signalling and media workers (`ws`), or all of them in one process
 * on one HTTP port. Without `REDIS_URL` the process is alone; with it, a member of a cluster.
 */
export async function start(
  wanted: Settings,
  parts: readonly Part[] = ['api', 'ws'],
  inherited?: Inherited,
): Promise<System> {
  const logger = pino({ ...logOptions, level: wanted.logLevel }, pino.destination(STDERR));
  const host = wanted.listenAddress ?? anyAddress();
  const { settings, notes } = inherited
    ? { settings: await inherited.settle(wanted), notes: [] }
    : await settlePorts(wanted, host);
  const opened: Closable[] = [];
  let signalling: ServerWs | undefined;
  let cluster: Cluster | HandedCluster | undefined;
  let api: ServerApi | undefined;
  let listeners: Listener[];
  try {
    const secret = settings.secret ?? (await keptSecret(settings.dataDir));
    const tracer = settings.otlpEndpoint ? keep(await openTracer(settings.otlpEndpoint, settings.nodeId)) : noTracing;
    cluster = keep(await openCluster(settings, { secret, logger, tracer, inherited }));
    const shared = { cluster, secret, logger, tracer, inherited };
    const certificates = await openCertificates(settings, logger);
    if (certificates) keep(certificates);
    const https = certificates?.https;
    const mediaHost = parts.includes('ws') ? keep(await openMediaHost(settings, logger, tracer)) : undefined;
    api = parts.includes('api') ? keep(await openApi(settings, { ...shared, https, signallingReady })) : undefined;
    const server = api?.fastify ?? keep(healthServer(https, checksOf(mediaHost, signallingReady), settings.publicUrl));
    const connections = keep(new OpenConnections());
    if (mediaHost) {
      const parts = { ...shared, server: server.server, mediaHost, host };
      signalling = keep(await openSignalling(settings, parts));
      if (settings.turn) keep(shareWithTurn(server.server, signalling));
    }
    if (api) {
      await serveReferenceSite(api.fastify);
      await serveWebApp(api.fastify, settings);
    }
    listeners = await listen(server, certificates, { settings, host, inherited, connections });
    listeners.push(...turnListeners(signalling, settings, host));
    if (settings.metrics) {
      const metrics = keep(await openMetrics({ cluster, api, ws: signalling }));
      listeners.push(await openListener(new Listener('metrics', metrics.server, settings.metrics), inherited));
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  return {
    greeting: [...greeting(settings, parts), ...notes],
    othersAreUp: async () =>
      signalling !== undefined && cluster !== undefined && othersAreUp(cluster.nodes, settings.nodeId),
    drain: async () => signalling?.drain(),
    stay: () => signalling?.cancelDrain(),
    close: closeAll,
    settings,
    listeners,
    turnDatagrams: signalling?.turnPort?.datagrams,
    suspend: async () => api?.suspend(),
    resume: async () => api?.resume(),
    gaps: (within) => signalling?.gaps(within) ?? {},
    share: (channel) => (cluster && 'connect' in cluster ? new HostedMember(cluster, channel) : undefined),
  };

  /** A process without signalling is always ready. */
  function signallingReady(): Readiness {
    if (!parts.includes('ws') || signalling?.ready()) return { ok: true };
    return { ok: false, reason: signalling?.draining ? 'draining' : 'no media worker takes newcomers' };
  }

  function keep<T extends Closable>(part: T): T {
    opened.push(part);
    return part;
  }

  /**
   * Closes the last opened part first: signalling before media, and before the database of its
   * records.
   */
  async function closeAll(): Promise<void> {
    for (const part of opened.splice(0).reverse()) await part.close();
  }
}

function checksOf(mediaHost: MediaHost | undefined, ready: () => Readiness) {
  const liveness = mediaHost && new MediaLiveness(mediaHost);
  return { ready, alive: () => liveness?.check() ?? { ok: true } };
}

/** Opens the port of the page, and the one that redirects to it. All parts use the server already. */
async function listen(
  server: ServerApi['fastify'],
  certificates: Certificates | undefined,
  {
    settings,
    host,
    inherited,
    connections,
  }: { settings: Settings; host: string; inherited: Inherited | undefined; connections: OpenConnections },
): Promise<Listener[]> {
  if (settings.proxyProtocol) {
    new ProxiedConnections(server.server, { isProxy: proxyAddresses(settings.trustedProxies) });
  }
  connections.watch(server.server);
  const page = new Listener('page', server.server, { port: settings.httpPort, host });
  await server.listen(page.options(inherited?.socket('page')));
  const listeners = [page];
  if (certificates?.redirect) {
    const { port, server } = certificates.redirect;
    listeners.push(await openListener(new Listener('redirect', server, { port, host }), inherited));
  }
  certificates?.begin(server.server as unknown as HttpsServer);
  return listeners;
}

/** TURN's TCP port listens already; it has no requests. */
function turnListeners(signalling: ServerWs | undefined, { turn }: Settings, host: string): Listener[] {
  const server = signalling?.turnPort?.server;
  return server ? [new Listener('turn', server as Server, { port: turn?.port ?? 0, host })] : [];
}

async function openListener(listener: Listener, inherited: Inherited | undefined): Promise<Listener> {
  await listener.open(inherited?.socket(listener.name));
  return listener;
}

/** The HTTP port takes TURN too. */
function shareWithTurn(server: ServerApi['fastify']['server'], signalling: ServerWs): Closable {
  const port = new PagePort(server, { onStun: (socket) => signalling.acceptTurn(socket), account: network });
  return { close: async () => port.close() };
}

/** Origins of pages that may open sockets, besides the requested host itself. */
function pageOrigins({ publicUrl, allowedOrigins }: Settings): string[] {
  return publicUrl ? [publicUrl, ...allowedOrigins] : allowedOrigins;
}

async function openCluster(
  { redis }: Settings,
  {
    secret,
    logger,
    tracer,
    inherited,
  }: { secret: string; logger: Logger; tracer: Tracer; inherited: Inherited | undefined },
): Promise<Cluster | HandedCluster> {
  if (redis) return createRedisCluster({ redis, secret, logger, tracer });
  return inherited ? joinSharedCluster(inherited.channel, { logger }) : createInProcessCluster({ logger });
}

/** Its library is loaded only where it is used. */
async function openMetrics({
  cluster,
  api,
  ws,
}: {
  cluster: Cluster;
  api: ServerApi | undefined;
  ws: ServerWs | undefined;
}): Promise<MetricsServer> {
  const { MetricsServer } = await import('./metrics/metrics-server.js');
  const version = await ownVersion();
  return new MetricsServer({ version, cluster, api: api?.figures, ws: ws && (() => ws.figures()) });
}

/** OpenTelemetry is loaded only where it is used. */
async function openTracer(endpoint: string, nodeId: string): Promise<Tracer & Closable> {
  const { OtlpTracer } = await import('./tracing/otlp-tracer.js');
  return new OtlpTracer({ endpoint, nodeId, version: await ownVersion() });
}

async function aboutThis(): Promise<NodeAbout> {
  const startedAt = Math.round(performance.timeOrigin);
  return { version: await ownVersion(), host: hostname(), startedAt };
}

async function ownVersion(): Promise<string> {
  return JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version;
}

function openMediaHost(settings: Settings, logger: Logger, tracer: Tracer): Promise<MediaHost> {
  return createMediaHost({
    workers: settings.mediaWorkers,
    basePort: settings.mediaPort,
    extraPorts: settings.mediaExtraPorts,
    tcp: settings.mediaTcp,
    announcedAddresses: settings.announcedAddresses,
    stunServers: settings.stunServers,
    nodeIdPrefix: settings.nodeId,
    logger,
    tracer,
  });
}

async function openSignalling(
  settings: Settings,
  {
    host,
    inherited,
    ...parts
  }: Pick<ServerWsOptions, 'server' | 'cluster' | 'mediaHost' | 'secret' | 'logger' | 'tracer'> & {
    host: string;
    inherited: Inherited | undefined;
  },
): Promise<ServerWs> {
  const { nodeId, turn, trustedProxies, iceServers } = settings;
  return createServerWs({
    ...parts,
    nodeId,
    about: await aboutThis(),
    allowedOrigins: pageOrigins(settings),
    trustedProxies,
    turn: turn && { ...turn, listenAddress: host, inherited: turnHandles(inherited) },
    iceServers,
    qualityHistory: settings.qualityDays > 0,
  });
}

function turnHandles(inherited: Inherited | undefined): TurnHandles {
  return { tcp: inherited?.socket('turn'), udp: inherited?.socket('turn-udp') as UdpHandle | undefined };
}

async function openApi(
  settings: Settings,
  {
    cluster,
    secret,
    logger,
    tracer,
    https,
    signallingReady,
    inherited,
  }: {
    tracer: Tracer;
    cluster: Cluster;
    secret: string;
    logger: Logger;
    https: ServerOptions | undefined;
    signallingReady: () => Readiness;
    inherited: Inherited | undefined;
  },
): Promise<ServerApi> {
  if (inherited && !settings.databaseUrl) await inherited.database();
  return createServerApi({
    databaseUrl: settings.databaseUrl,
    dataDir: settings.dataDir,
    cluster,
    continues: inherited !== undefined,
    secret,
    logger,
    ...(settings.requestLogLevel && { requestLogLevel: settings.requestLogLevel }),
    tracer,
    trustedProxies: settings.trustedProxies,
    allowedOrigins: settings.allowedOrigins,
    frameAncestors: settings.frameAncestors,
    https,
    limits: limitsOf(settings),
    signallingOrigins: settings.signallingOrigins,
    publicUrl: settings.publicUrl,
    brandName: settings.brand.name,
    mail: mailOf(settings),
    s3: settings.s3,
    files: settings.files,
    sessionDays: settings.sessionDays,
    auditDays: settings.auditDays,
    qualityDays: settings.qualityDays,
    attendanceDays: settings.attendanceDays,
    identityProviders: settings.identityProviders,
    apiKeys: settings.apiKeys,
    privateWebhooks: settings.privateWebhooks,
    opening: settings.opening,
    ownerlessMeetingDays: settings.ownerlessMeetingDays,
    node: { id: `${settings.nodeId}-api`, about: await aboutThis() },
    administrators: settings.administrators,
    settingsInForce: { version: await ownVersion(), settings: settingsInForce(process.env) },
    notFound: answerUnknownAddress,
    alsoReady: async () => signallingReady(),
  });
}

/** An address alone gets the name of the brand, which has neither quotes nor backslashes. */
function mailOf({ mail, brand }: Settings): Settings['mail'] {
  const isAlone = mail && brand.name !== undefined && !/[<>"\s]/.test(mail.from);
  return isAlone ? { ...mail, from: `"${brand.name}" <${mail.from}>` } : mail;
}

interface Closable {
  close(): Promise<void>;
}

/** `::` accepts IPv4 too, but does not exist on a host without IPv6. */
function anyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some((address) => address.family === 'IPv6') ? '::' : '0.0.0.0';
}

/** Logs go to standard error; standard output is for the lines to the user. */
const STDERR = 2;
