import { systemClock } from '@waterbus/cluster';
import { ROOM_COMMAND } from '@waterbus/protocol';
import { ask } from '../bus/ask.js';
import { busTopics } from '../bus/contract.js';
import { type BusHandlers, serveBus } from '../bus/serve.js';
import { defaultLimits } from '../limits.js';
import { adoptTransports } from '../media/nodes/adoption.js';
import { mediaHandlers } from '../media/nodes/media-calls.js';
import { MediaDirectory } from '../media/nodes/media-directory.js';
import { MediaOwners } from '../media/nodes/media-owners.js';
import { RouterCapabilities } from '../media/nodes/router-capabilities.js';
import { SilentOwners } from '../media/nodes/silent-owners.js';
import { Drain, type Drained } from '../moving/drain.js';
import { Relief } from '../moving/relief.js';
import type { ServerWsOptions } from '../options.js';
import { sessionRequests } from '../participants/requests.js';
import { Sessions } from '../participants/sessions.js';
import { Tokens } from '../participants/tokens.js';
import { countRefusals } from '../refusals.js';
import { LiveRooms } from '../rooms/live-rooms.js';
import { RoomRecords } from '../rooms/room-records.js';
import { clientAddresses } from '../sockets/client-address.js';
import { Signalling } from '../sockets/signalling-server.js';
import { withDeadline } from '../time/with-deadline.js';
import { ClusterChanges } from './cluster-changes.js';
import { NodeLease } from './node-lease.js';
import { Parts } from './parts.js';
import { Reports } from './reports.js';

/** One Server WS node: builds its parts, and states the order of their starts and stops. */
export class Runtime {
  private readonly clock;
  private readonly refusals;
  private readonly directory: MediaDirectory;
  private readonly owners: MediaOwners;
  private readonly sessions: Sessions;
  private readonly silentOwners: SilentOwners;
  private readonly drains: Drain;
  private readonly parts: Parts;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ServerWsOptions) {
    const { cluster, mediaHost, nodeId, logger, clock = systemClock } = options;
    const limits = { ...defaultLimits, ...options.limits };
    this.clock = clock;
    this.refusals = countRefusals(clock, logger);
    const { refusals } = this;
    this.directory = new MediaDirectory(cluster, mediaHost, nodeId, logger, refusals);
    const { directory } = this;
    this.owners = new MediaOwners((roomId, participants) => {
      cluster.bus
        .publish(busTopics.quality.of(roomId), { participants })
        .catch((error) => logger.warn({ roomId, error: String(error) }, 'quality not published'));
    });
    const { owners } = this;
    const records = new RoomRecords(cluster.streams, clock, logger);
    const rooms = new LiveRooms({ cluster, clock, logger, refusals, mediaNodes: directory });
    const capabilities = new RouterCapabilities(directory, logger);
    this.sessions = new Sessions({
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
      rtpCapabilities: () => capabilities.read(),
      isSilent: (serverId, looks) => this.silentOwners.isSilent(serverId, looks),
      adoptTransports: (handover, homeId) => adoptTransports(handover.transports, homeId, { directory, cluster }),
      transportsClosed: (transports) => {
        for (const { mediaNodeId, transportId } of transports)
          owners.handle(mediaNodeId, { type: 'transport.closed', transportId, reason: 'router-closed' });
      },
    });
    const { sessions } = this;
    directory.onEvent((mediaNodeId, event) => owners.handle(mediaNodeId, event));
    directory.onDraining((mediaNodeId, draining, urgent) => sessions.mediaNodeDrains(mediaNodeId, draining, urgent));
    this.silentOwners = new SilentOwners(cluster, clock, directory, () =>
      sessions.all().flatMap(({ media }) => [...media.transports.values()].map(({ mediaNodeId }) => mediaNodeId)),
    );
    const relief = new Relief({
      nodes: () => directory.localNodes(),
      candidates: () => directory.candidates.all,
      ask: (homeId, move) => ask(cluster.bus, homeId, 'relief.move', move),
      logger,
    });
    const lease = new NodeLease(cluster.nodes, nodeId);
    const changes = new ClusterChanges({ nodeId, cluster, clock, logger, directory, owners, rooms, records, sessions });
    const requests = sessionRequests({ sessions, clock, rtpCapabilities: () => capabilities.read() });
    const signalling = new Signalling(
      options.server,
      { sessions, requests, clock, logger, limits, refusals },
      {
        allowedOrigins: options.allowedOrigins ?? [],
        clientAddress: clientAddresses(options.trustedProxies ?? []),
      },
    );
    const reports = new Reports({ cluster, clock, logger, lease, directory, relief, sessions, signalling, refusals });
    this.drains = new Drain(
      {
        drain: async (draining) => {
          sessions.drain(draining);
          await Promise.all([directory.report(draining), lease.reportDraining(draining)]);
        },
        participants: () => sessions.all().length,
        transports: () => directory.localTransports(),
      },
      clock,
      logger,
    );
    let stopServing = () => {};
    this.parts = new Parts(
      [
        { name: 'lease', start: () => lease.start(), stop: () => lease.stop() },
        { name: 'cluster changes', start: () => changes.start(), stop: () => changes.stop() },
        {
          name: 'bus',
          start: async () => {
            stopServing = await serveBus(cluster.bus, nodeId, this.busHandlers(), refusals);
          },
          stop: () => stopServing(),
        },
        { name: 'media nodes', start: () => directory.start(), stop: () => directory.close() },
        { name: 'media capabilities', start: () => capabilities.readAhead() },
        { name: 'records', stop: () => records.flush() },
        { name: 'signalling', start: () => signalling.start(), stop: () => signalling.stop() },
        { name: 'participants', stop: () => this.removeParticipants() },
        { name: 'reports', start: () => reports.start(), stop: () => reports.stop() },
        { name: 'silent owners', start: () => this.silentOwners.start(), stop: () => this.silentOwners.close() },
        { name: 'drain', stop: () => this.refuseNewcomers() },
      ],
      logger,
    );
  }

  start(): Promise<void> {
    return this.parts.start();
  }

  ready(): boolean {
    return !this.closing && !this.sessions.draining && this.directory.candidates.hasOpen;
  }

  drain({ deadline = DRAIN_DEADLINE }: { deadline?: number } = {}): Promise<Drained> {
    return this.drains.begin(deadline);
  }

  cancelDrain(): void {
    if (!this.closing) this.drains.cancel();
  }

  close(): Promise<void> {
    this.closing ??= this.parts.stop();
    return this.closing;
  }

  private busHandlers(): BusHandlers {
    const { sessions, owners, clock } = this;
    return {
      ...mediaHandlers(this.directory),
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
    };
  }

  private refuseNewcomers(): void {
    this.sessions.draining = true;
    this.drains.close();
  }

  /** Another node that hangs closes the rest there when this node's lease ends. */
  private async removeParticipants(): Promise<void> {
    const { clock, sessions, options } = this;
    if (await withDeadline(clock, LONGEST_GOODBYES, sessions.close())) return;
    options.logger.warn(
      { participants: sessions.all().length },
      'closing without waiting for what is left of participants',
    );
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
