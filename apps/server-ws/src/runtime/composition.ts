import { type Clock, systemClock } from '@waterbus/cluster';
import type { ParticipantQuality } from '@waterbus/protocol';
import { noTracing } from '@waterbus/telemetry';
import { ask } from '../bus/ask.js';
import { busTopics } from '../bus/contract.js';
import { defaultLimits } from '../limits.js';
import { MediaDirectory } from '../media/nodes/media-directory.js';
import { MediaOwners } from '../media/nodes/media-owners.js';
import { RouterCapabilities } from '../media/nodes/router-capabilities.js';
import { SilentOwners } from '../media/nodes/silent-owners.js';
import { MediaPipes } from '../media/pipes/media-pipes.js';
import { Drain } from '../moving/drain.js';
import { Gaps } from '../moving/gaps.js';
import { Relief } from '../moving/relief.js';
import { RequestedDrain } from '../moving/requested-drain.js';
import type { ServerWsOptions } from '../options.js';
import { OutsideTests } from '../outside-tests/outside-tests.js';
import { Arrivals } from '../participants/arrivals.js';
import { Participants } from '../participants/participants.js';
import { Registry } from '../participants/registry.js';
import { type SessionRequests, sessionRequests } from '../participants/requests.js';
import { Tokens } from '../participants/tokens.js';
import { QualityHistory } from '../quality/quality-history.js';
import { qualityRecords } from '../quality/quality-records.js';
import { countRefusals, NO_REFUSALS, type Refusals } from '../refusals.js';
import { LiveRooms } from '../rooms/live-rooms.js';
import { RoomRecords } from '../rooms/room-records.js';
import { network } from '../sockets/callers.js';
import { clientAddresses, proxyAddresses } from '../sockets/client-address.js';
import { Signalling } from '../sockets/signalling-server.js';
import { IceServers } from '../turn/ice-servers.js';
import { TurnRelay } from '../turn/turn-relay.js';
import { Whep } from '../whep/whep.js';
import { HttpSessions } from '../whip/http-sessions.js';
import { Whip } from '../whip/whip.js';
import { BusService } from './bus-service.js';
import { ClusterChanges } from './cluster-changes.js';
import type { ServerWsFigures } from './figures.js';
import { NodeLease } from './node-lease.js';
import { Reports } from './reports.js';

/** The objects of one Server WS node, connected with each other; none is started. */
export class Composition {
  readonly clock: Clock;
  readonly lease: NodeLease;
  readonly directory: MediaDirectory;
  readonly capabilities: RouterCapabilities;
  readonly silentOwners: SilentOwners;
  readonly records: RoomRecords;
  readonly participants: Participants;
  readonly changes: ClusterChanges;
  readonly busService: BusService;
  readonly signalling: Signalling;
  readonly turn: TurnRelay;
  readonly reports: Reports;
  readonly drain: Drain;
  readonly requestedDrain: RequestedDrain;
  readonly quality: QualityHistory;
  readonly outsideTests: OutsideTests;
  readonly pipes: MediaPipes;
  private readonly arrivals: Arrivals;
  private readonly relief: Relief;
  private readonly httpSessions: HttpSessions;
  private readonly refusals: Refusals;
  private readonly rooms: LiveRooms;
  private readonly owners: MediaOwners;

  readonly gaps: Gaps;

  constructor(private readonly options: ServerWsOptions) {
    const { cluster, mediaHost, nodeId, logger, clock = systemClock } = options;
    this.clock = clock;
    const refusals = countRefusals(clock, logger);
    this.refusals = refusals;
    this.arrivals = new Arrivals(clock);
    this.gaps = new Gaps(clock);
    this.lease = new NodeLease(cluster.nodes, nodeId, options.about);
    const directory = new MediaDirectory(cluster, mediaHost, nodeId, logger, refusals);
    this.directory = directory;
    this.capabilities = new RouterCapabilities(directory, logger);
    this.owners = new MediaOwners((roomId, qualities) => this.publishQuality(roomId, qualities));
    this.rooms = new LiveRooms({ cluster, clock, logger, refusals, mediaNodes: directory });
    this.records = new RoomRecords(cluster.streams, clock, logger);
    const registry = new Registry();
    this.silentOwners = new SilentOwners(cluster, clock, directory, () => registry.mediaNodesInUse());
    const minutes = qualityRecords(cluster.streams, clock, refusals);
    this.quality = new QualityHistory({ clock, logger, registry, directory, records: minutes });
    this.participants = this.createParticipants(registry);
    const { participants, lease, rooms, records, owners, capabilities } = this;
    this.relief = new Relief({
      nodes: () => directory.localNodes(),
      candidates: () => directory.candidates.all,
      requestMove: (homeId, move) => ask(cluster.bus, homeId, 'relief.move', move),
      logger,
    });
    this.pipes = new MediaPipes({
      ...{ directory, capabilities, clock },
      failed: ({ roomId, far, near }, error) =>
        logger.warn({ meetingId: roomId, far, near, error: String(error) }, 'media pipe not opened'),
    });
    const { pipes } = this;
    this.changes = new ClusterChanges({
      ...{ nodeId, cluster, clock, logger, directory, owners, rooms, records, participants, pipes },
    });
    this.turn = this.createTurn();
    const requests = sessionRequests({ cluster, clock }, this.capabilities, this.gaps);
    const iceServers = this.createIceServers();
    const sessions = new HttpSessions({ joining: participants.joining, requests, iceServers, clock });
    const whip = new Whip({ sessions, requests, capabilities });
    const { candidates, changes: mediaNodeChanges } = directory;
    const whep = new Whep({ sessions, requests, capabilities, clock, candidates, changes: mediaNodeChanges, pipes });
    this.httpSessions = sessions;
    this.outsideTests = new OutsideTests({ nodeId, clock, iceServers, nodes: () => directory.localNodes() });
    this.drain = this.createDrain();
    this.requestedDrain = new RequestedDrain(this.drain, cluster.nodes, nodeId);
    const { outsideTests, requestedDrain } = this;
    this.busService = new BusService({
      ...{ nodeId, cluster, clock, directory, owners, participants, refusals, outsideTests, iceServers },
      requestedDrain,
      overHttp: { sessions, whip, whep },
    });
    this.signalling = this.createSignalling(requests, iceServers);
    const { signalling, turn, relief } = this;
    const { moves } = participants;
    const held = () => ({ rooms: rooms.size, participants: registry.all().length });
    this.reports = new Reports({
      ...{ cluster, clock, logger, lease, directory, relief, moves, signalling, turn, refusals, held },
    });
    directory.changes.onEvent((mediaNodeId, event) => {
      owners.handle(mediaNodeId, event);
      pipes.handle(mediaNodeId, event);
    });
    directory.changes.onDraining((mediaNodeId, draining, urgent) =>
      moves.mediaNodeDrains(mediaNodeId, draining, urgent),
    );
  }

  figures(): ServerWsFigures {
    const { participants, rooms, signalling, drain, relief, arrivals, refusals, turn, httpSessions, directory } = this;
    const { sockets, socketsJoining } = signalling.figures();
    return {
      ...{ sockets, socketsJoining, rooms: rooms.size, participants: participants.registry.all().length },
      ...{ draining: participants.moves.draining, drains: drain.figures(), reliefMoves: relief.figures() },
      ...{ arrivals: arrivals.durations.read(), refusals: { ...NO_REFUSALS, ...refusals.figures() } },
      ...{ turn: turn.usage(), httpParticipants: httpSessions.size },
      workers: directory.localNodes().map((node) => ({
        place: node.place,
        load: node.load(),
        placementLoad: directory.candidates.all.get(node.id)?.load ?? 0,
        figures: node.figures(),
      })),
      workersLost: this.options.mediaHost.losses(),
    };
  }

  private createParticipants(registry: Registry): Participants {
    const { options, clock, directory, owners, capabilities, silentOwners, rooms, records, arrivals, quality } = this;
    const { nodeId, cluster, logger, random = Math.random, graceTime = DEFAULT_GRACE_TIME } = options;
    const { tracer = noTracing } = options;
    const limits = { ...defaultLimits, ...options.limits };
    const tokens = new Tokens(options.secret, clock);
    return new Participants(
      {
        ...{ nodeId, cluster, clock, random, logger, limits, graceTime, tokens },
        ...{ directory, owners, capabilities, silentOwners, rooms, records, arrivals, quality, tracer },
      },
      registry,
    );
  }

  private createTurn(): TurnRelay {
    const { options, clock, directory, refusals } = this;
    const { secret, turn, trustedProxies = [] } = options;
    const isProxy = proxyAddresses(trustedProxies);
    const account = (address: string) => (isProxy(address) ? undefined : network(address));
    return new TurnRelay({ clock, secret, turn, directory, refusals, account });
  }

  private createIceServers(): IceServers {
    const { secret, turn, iceServers: outside = [] } = this.options;
    return new IceServers({ clock: this.clock, secret, turn, outside });
  }

  private createSignalling(requests: SessionRequests, iceServers: IceServers): Signalling {
    const { options, participants, clock, refusals } = this;
    const limits = { ...defaultLimits, ...options.limits };
    return new Signalling(
      options.server,
      { participants, requests, iceServers, clock, logger: options.logger, limits, refusals },
      {
        allowedOrigins: options.allowedOrigins ?? [],
        clientAddress: clientAddresses(options.trustedProxies ?? []),
      },
    );
  }

  private createDrain(): Drain {
    const { participants, directory, lease, clock, options } = this;
    return new Drain(
      {
        drain: async (draining) => {
          participants.moves.drain(draining);
          await Promise.all([directory.report(draining), lease.reportDraining(draining)]);
        },
        participants: () => participants.registry.all().length,
        transports: () => directory.localTransports(),
      },
      clock,
      options.logger,
    );
  }

  private publishQuality(roomId: string, participants: ParticipantQuality[]): void {
    const { cluster, logger } = this.options;
    cluster.bus
      .publish(busTopics.quality.of(roomId), { participants })
      .catch((error) => logger.warn({ meetingId: roomId, error: String(error) }, 'quality not published'));
  }
}

/**
 * Milliseconds: long enough for a reload or a change of network, short enough that no participant
 * talks to an absent one.
 */
const DEFAULT_GRACE_TIME = 10_000;
