import { randomUUID } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Cluster, type NodeEvent, systemClock } from '@waterbus/cluster';
import type { Logger, MediaHost, RtpCapabilities } from '@waterbus/media-host';
import { CodedError, ROOM_COMMAND } from '@waterbus/protocol';
import { ask } from './bus/ask.js';
import { busTopics } from './bus/contract.js';
import { serveBus } from './bus/serve.js';
import { Drain, type Drained } from './drain/drain.js';
import { defaultLimits, type Limits } from './limits.js';
import { adoptTransports } from './media/adoption.js';
import { MediaDirectory } from './media/media-directory.js';
import { MediaOwners } from './media/media-owners.js';
import { mediaHandlers } from './media/media-service.js';
import { catchUpOnClosings } from './media/missed-closings.js';
import { SilentOwners } from './media/silent-owners.js';
import { sessionRequests } from './participants/requests.js';
import { Sessions } from './participants/sessions.js';
import { Tokens } from './participants/tokens.js';
import { countRefusals } from './refusals.js';
import { Relief } from './relief/relief.js';
import { LiveRooms } from './rooms/live-rooms.js';
import { RoomRecords } from './rooms/room-records.js';
import { clientAddresses } from './sockets/client-address.js';
import { openSignalling } from './sockets/signalling-server.js';
import { retryUntil } from './time/retry-until.js';
import { withDeadline } from './time/with-deadline.js';

export interface ServerWsOptions {
  /** Receives its upgrade requests on `SIGNALLING_PATH`. The caller still listens and closes. */
  server: HttpServer | HttpsServer;
  cluster: Cluster;
  mediaHost: MediaHost;
  /** Shared with Server API: signs join tokens. */
  secret: string | Uint8Array;
  /** Unique in the cluster, also during restarts that overlap. */
  nodeId: string;
  logger: Logger;
  /** Milliseconds that a participant without a socket stays in the room, default 10,000. */
  graceTime?: number;
  clock?: Clock;
  /** Uniform in [0, 1); for tests. */
  random?: () => number;
  limits?: Partial<Limits>;
  /** Origins of pages that may connect, besides the requested host; default: none. */
  allowedOrigins?: string[];
  /**
   * Addresses and networks (CIDR) of reverse proxies whose `X-Forwarded-For` is trusted; default:
   * none.
   */
  trustedProxies?: string[];
}

export interface ServerWs {
  /** Whether newcomers are accepted: a media node exists and no drain is under way. */
  ready(): boolean;
  /**
   * Empties this node before it stops (R10): newcomers are refused with `server.draining`, and all
   * participants at home here or with media here move elsewhere, make-before-break. Resolves when
   * none remains, or after `deadline` milliseconds (default 60,000) with the numbers of the rest.
   * Never rejects. The node stays in this state until `close` or `cancelDrain`.
   */
  drain(options?: { deadline?: number }): Promise<Drained>;
  /**
   * Accepts newcomers again. Participants that have moved stay where they are; no other one moves.
   */
  cancelDrain(): void;
  /**
   * Participants leave, leases are released, records are written. The caller closes the media host.
   */
  close(): Promise<void>;
}

/** Signalling on one node. Rejects when the node's id is already held. */
export async function createServerWs(options: ServerWsOptions): Promise<ServerWs> {
  const { cluster, mediaHost, nodeId, logger, clock = systemClock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const lease = await cluster.nodes.register({ id: nodeId, kind: 'ws', draining: false, load: {} });
  const refusals = countRefusals(clock, logger);
  const directory = new MediaDirectory(cluster, mediaHost, nodeId, logger, refusals);
  const owners = new MediaOwners((roomId, participants) => {
    cluster.bus
      .publish(busTopics.quality.of(roomId), { participants })
      .catch((error) => logger.warn({ roomId, error: String(error) }, 'quality not published'));
  });
  const rooms = new LiveRooms({ cluster, clock, logger, refusals, setLoudest });
  const records = new RoomRecords(cluster.streams, clock, logger);
  const rtpCapabilities = capabilitiesOf(directory);
  const sessions = new Sessions({
    cluster,
    clock,
    random: options.random ?? Math.random,
    logger,
    limits,
    graceTime: options.graceTime ?? DEFAULT_GRACE_TIME,
    directory,
    owners,
    records,
    nodeId,
    tokens: new Tokens(options.secret, clock),
    rooms,
    rtpCapabilities,
    isSilent: (serverId, looks) => silentOwners.isSilent(serverId, looks),
    adoptTransports: (handover, homeId) => adoptTransports(handover, homeId, { directory, cluster }),
    transportsClosed: (transports) => {
      for (const { mediaNodeId, transportId } of transports)
        owners.handle(mediaNodeId, { type: 'transport.closed', transportId, reason: 'router-closed' });
    },
  });
  directory.onEvent((mediaNodeId, event) => owners.handle(mediaNodeId, event));
  directory.onDraining((mediaNodeId, draining, urgent) => sessions.mediaNodeDrains(mediaNodeId, draining, urgent));
  const silentOwners = new SilentOwners(cluster, clock, directory, () =>
    sessions.all().flatMap(({ media }) => [...media.transports.values()].map(({ mediaNodeId }) => mediaNodeId)),
  );
  const stopWatching = await cluster.nodes.watch((event) => {
    nodeChanged(event).catch((error) => logger.warn({ nodeId: event.node.id, error: String(error) }, 'node change'));
  });
  const stopResets = cluster.onReset(() => {
    rooms.unsure();
    sessions.assertAll();
    void catchUp();
  });
  const stopServing = await serveBus(
    cluster.bus,
    nodeId,
    {
      ...mediaHandlers(directory),
      [ROOM_COMMAND]: async (command) => {
        await sessions.command(command);
        return null;
      },
      'session.release': (body) => sessions.release(body),
      'session.succeeded': async (body) => {
        await sessions.succeeded(body);
        return null;
      },
      'relief.move': async ({ transportId }) => {
        owners.leave(transportId, clock.now());
        return null;
      },
    },
    refusals,
  );
  const relief = new Relief({
    nodes: () => directory.localNodes(),
    candidates: () => directory.candidates.all,
    ask: (homeId, move) => ask(cluster.bus, homeId, 'relief.move', move),
    logger,
  });
  await directory.start();
  // Saves the first join the wait; an earlier join requests it again.
  rtpCapabilities().catch((error) => logger.warn({ error: String(error) }, 'no media capabilities yet'));
  let stopReporting = report();
  const requests = sessionRequests({ sessions, clock, rtpCapabilities });
  const signalling = openSignalling(
    options.server,
    { sessions, requests, clock, logger, limits, refusals },
    {
      allowedOrigins: options.allowedOrigins ?? [],
      clientAddress: clientAddresses(options.trustedProxies ?? []),
    },
  );
  const drain = new Drain(
    {
      drain: async (draining) => {
        sessions.drain(draining);
        await Promise.all([directory.report(draining), reportDraining()]);
      },
      participants: () => sessions.all().length,
      transports: () => directory.localTransports(),
    },
    clock,
    logger,
  );
  let reportedDraining = false;
  let reportedFigures: Record<string, number> = {};
  let closing: Promise<void> | undefined;
  return {
    ready: () => !closing && !sessions.draining && directory.candidates.hasOpen,
    drain: ({ deadline = DRAIN_DEADLINE } = {}) => drain.begin(deadline),
    cancelDrain: () => {
      if (!closing) drain.cancel();
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };

  function setLoudest(mediaNodeId: string, roomId: string, loudest: number): void {
    const setting = directory.get(mediaNodeId)?.openRouter(roomId, { loudest });
    setting?.catch((error) => logger.warn({ mediaNodeId, roomId, error: String(error) }, 'loudest sounds not set'));
  }

  async function nodeChanged(event: NodeEvent): Promise<void> {
    if (event.node.id === nodeId) return;
    await directory.nodeChanged(event);
    // On whichever node detects it first; repetition changes nothing (R4).
    if (event.type !== 'down') return;
    const removeNode = async () => records.addLost(await cluster.rooms.removeNode(event.node.id));
    const failed = (error: unknown) => logger.warn({ nodeId: event.node.id, error: String(error) }, 'node not removed');
    await retryUntil(removeNode, { clock, over: () => closing !== undefined, failed });
  }

  /** After a second loss all requests are sent again. */
  async function catchUp(): Promise<void> {
    const transports = () => sessions.all().flatMap(({ media }) => [...media.transports.values()]);
    const failed = (error: unknown) => logger.warn({ error: String(error) }, 'media nodes not asked yet');
    const ask = () => catchUpOnClosings(transports(), { cluster, directory, owners, nodeId });
    await retryUntil(ask, { clock, over: () => closing !== undefined, failed });
  }

  async function reportDraining(): Promise<void> {
    const { draining } = sessions;
    if (draining === reportedDraining) return;
    await lease.update({ draining });
    reportedDraining = draining;
  }

  /** This node's refusals and sockets: changes only. */
  async function reportFigures(): Promise<void> {
    const load = { ...refusals.figures(), ...cluster.mishaps(), ...signalling.figures() };
    if (isDeepStrictEqual(load, reportedFigures)) return;
    await lease.update({ load });
    reportedFigures = load;
  }

  function report(): () => void {
    return clock.after(REPORT_INTERVAL, () => {
      directory.readLoads();
      relief.interval();
      Promise.all([directory.report(), reportDraining(), reportFigures()]).catch((error) =>
        logger.warn({ error: String(error) }, 'load not reported'),
      );
      stopReporting = report();
    });
  }

  async function close(): Promise<void> {
    sessions.draining = true;
    drain.close();
    silentOwners.close();
    stopReporting();
    // Another node that hangs closes the rest there when this node's lease ends.
    if (!(await withDeadline(clock, LONGEST_GOODBYES, sessions.close()))) {
      logger.warn({ participants: sessions.all().length }, 'closing without waiting for what is left of participants');
    }
    await signalling.close();
    await records.flush();
    stopServing();
    stopResets();
    stopWatching();
    await directory.close();
    // Redis may be away: then the lease runs out by itself.
    await lease.release().catch((error) => logger.warn({ error: String(error) }, 'lease not released'));
  }
}

/** The same on every media node, so the first answer is cached permanently. */
function capabilitiesOf(directory: MediaDirectory): () => Promise<RtpCapabilities> {
  let known: Promise<RtpCapabilities> | undefined;
  return () => {
    known ??= askNode().catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };

  async function askNode(): Promise<RtpCapabilities> {
    const candidates = [...directory.candidates.all.values()];
    const candidate = candidates.find(({ draining }) => !draining) ?? candidates[0];
    const node = candidate && directory.get(candidate.id);
    if (!node) throw new CodedError('server.unavailable', 'there is no media node');
    const routerId = `capabilities-${randomUUID()}`;
    const capabilities = await node.openRouter(routerId);
    await node.closeRouter(routerId);
    return capabilities;
  }
}

/**
 * Milliseconds: long enough for a reload or a change of network, short enough that no participant
 * talks to an absent one.
 */
const DEFAULT_GRACE_TIME = 10_000;

/**
 * Milliseconds (R10). Clients need two or three seconds; the rest is for clients that are
 * reconnecting.
 */
const DRAIN_DEADLINE = 60_000;

/** Milliseconds. Closing takes some tens of them; a whole process must end within 5 s. */
const LONGEST_GOODBYES = 2_000;

/** Milliseconds; the interval of the media nodes' figures. */
const REPORT_INTERVAL = 1000;
