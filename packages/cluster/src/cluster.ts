import type { RoomChange, RoomEvent, RoomParticipant, RoomSnapshot, VideoCodec } from '@waterbus/protocol';
import type { LabelledDistribution } from '@waterbus/telemetry';

/**
 * The shared state of the nodes of one Waterbus: live nodes, rooms, messages between nodes,
 * single-use tokens and durable streams. Two implementations, in-process and Redis, pass one
 * contract suite. Everything is asynchronous and by id. Listeners are called in order; a listener
 * that throws is counted and logged, and the others still receive the event.
 */
export interface Cluster {
  readonly nodes: NodeRegistry;
  readonly rooms: RoomStore;
  readonly bus: Bus;
  readonly tokens: SingleUseTokens;
  readonly streams: DurableStreams;
  /** Undefined in process: members without a shared Redis keep such data in memory. */
  readonly sharedKeys: SharedKeys | undefined;
  /**
   * Notifies this member that its earlier writes may be lost and its failed writes are missing: the
   * shared state was unreachable and is back, perhaps empty, or a lease of this member had expired
   * and was taken again. The leases are restored before the call. A member that writes rooms then
   * calls `rooms.assert` for every participant at home here, and removes the participants that left
   * meanwhile: `rooms.homes` still lists them (R6).
   */
  onReset(listener: () => void): Unsubscribe;
  /**
   * True from the return of the shared state for as long as members need to assert missing state:
   * an entry not found now may appear in a moment (R6).
   */
  readonly recovering: boolean;
  /**
   * Numbers of dropped messages and survived failures of this member since its start, by kind;
   * kinds that never happened are left out.
   */
  mishaps(): Record<string, number>;
  /** The latencies of the shared store; undefined in process. */
  store(): StoreFigures | undefined;
  close(): Promise<void>;
}

/** The Redis that members share, as one of them meets it since its start. */
export interface StoreFigures {
  /** Whether every part of it can be reached now. */
  isUp: boolean;
  /** Seconds until an answer; `outcome` is `ok` or `error`. */
  commands: LabelledDistribution<'outcome'>[];
}

export type Unsubscribe = () => void;

/** `api`: a Server API, which holds no participants. */
export type NodeKind = 'api' | 'ws' | 'media';

export interface NodeRecord {
  id: string;
  kind: NodeKind;
  /** Of a media node: the Server WS node that represents it (its child process's parent). */
  ownerId?: string;
  /** Accepts no new work (R10). */
  draining: boolean;
  /** Kind-specific figures; placement reads those of media nodes. */
  load: Record<string, number>;
  /** Of a media node: the UDP addresses that it announces to clients. */
  endpoints?: NodeEndpoint[];
  /** Of the process; for people, no decision depends on it. */
  about?: NodeAbout;
}

export interface NodeAbout {
  version: string;
  /** Name of its host. */
  host: string;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** An address and port that a media node announces. */
export interface NodeEndpoint {
  address: string;
  port: number;
  /** The node's address in the network of the servers, if that is another one (NAT). */
  inside?: string;
}

export type NodeEvent =
  | { type: 'up' | 'changed'; node: NodeRecord }
  /**
   * `expired`: its lease ran out; reported once, whichever node noticed (R4). `released`: its
   * member released it.
   */
  | { type: 'down'; node: NodeRecord; reason: 'expired' | 'released' };

export interface NodeRegistry {
  /**
   * Takes and keeps a lease for a node of this process: heartbeat 1 s, expiry 3 s (R4). Rejects
   * when the id is already held.
   */
  register(record: NodeRecord): Promise<Lease>;
  get(nodeId: string): Promise<NodeRecord | undefined>;
  list(kind?: NodeKind): Promise<NodeRecord[]>;
  /**
   * May begin with `down` for nodes that were lost while no member called `RoomStore.removeNode`
   * for them.
   */
  watch(listener: (event: NodeEvent) => void): Promise<Unsubscribe>;
}

export interface Lease {
  readonly nodeId: string;
  update(change: Partial<Pick<NodeRecord, 'draining' | 'load' | 'endpoints'>>): Promise<void>;
  release(): Promise<void>;
}

/** The writer for a participant: its home node at an epoch (R3). */
export interface Home {
  participantId: string;
  nodeId: string;
  epoch: number;
}

export type ApplyResult =
  /** The change is applied and was broadcast with this version. */
  | { type: 'applied'; version: number }
  /** The change carried no news: no version spent, nothing broadcast. */
  | { type: 'unchanged'; version: number }
  /**
   * The writer's epoch is older than the participant's home (R3), the participant is not there, or
   * the room is full.
   */
  | { type: 'refused'; reason: 'stale-epoch' | 'not-found' | 'full' };

export type AssertResult =
  /**
   * The room holds the asserted state. `home` is the home in force, with a new epoch if it had been
   * lost.
   */
  | { type: 'asserted'; home: Home }
  /** Another home took over meanwhile (R3), or the room has become full. */
  | { type: 'refused'; reason: 'stale-epoch' | 'full' };

export interface RoomStore {
  /** Undefined when no participant is in the room, observers aside. */
  snapshot(roomId: string): Promise<RoomSnapshot | undefined>;
  /**
   * Makes `nodeId` the participant's home and returns the new epoch, higher than any before (R3).
   * The participant need not have joined yet, or ever: a hidden one has a home, and is counted
   * among the observers. A room has at most `ROOM_CAPACITY` participants.
   */
  claimHome(roomId: string, participantId: string, nodeId: string): Promise<Home>;
  home(roomId: string, participantId: string): Promise<Home | undefined>;
  /** Homes of all participants of a room. */
  homes(roomId: string): Promise<Home[]>;
  /**
   * Applies one change atomically: change, version + 1, broadcast (R1, R2). `home` is the writer;
   * it writes for its own participant only, any other change rejects. A participant that leaves (or
   * finds the room full) has no home any more; leaving without having joined releases the claim and
   * is `unchanged`.
   */
  apply(roomId: string, change: RoomChange, home: Home): Promise<ApplyResult>;
  /**
   * Removes everything that depends on a node that is down: participants at home there, producers
   * on that media node (R4). Each room's changes are versioned and broadcast once, however many
   * nodes call this. Returns the participants that this call removed, so that its caller, and no
   * other member, records them (R12). Retries while the shared state is unreachable.
   */
  removeNode(nodeId: string): Promise<LostParticipants[]>;
  /**
   * Restores a home's state of its participant, after `Cluster.onReset`: claims the home if the
   * participant has none, and brings the room to the state in `participant`, with all producers
   * (R6). State that is present already costs no version. For a hidden participant the room holds
   * only an observer and its decodable codecs. Without `participant` the call concerns the home
   * only.
   */
  assert(roomId: string, home: Home, participant?: RoomParticipant | Observing): Promise<AssertResult>;
  /**
   * Events of one room in version order, from the moment the promise resolves. `onGap` is called
   * when events may have been missed: read the snapshot (R1).
   */
  watch(roomId: string, listener: (event: RoomEvent) => void, onGap?: () => void): Promise<Unsubscribe>;
}

/** A hidden participant in the call. */
export interface Observing {
  observes: true;
  decodes?: VideoCodec[] | undefined;
}

export interface LostParticipants {
  roomId: string;
  /**
   * Includes participants with a home there that had not joined: hidden ones, which the room never
   * shows.
   */
  participantIds: string[];
  /** The removal took the last joined participant out of the room. */
  ended: boolean;
}

export interface Bus {
  publish(topic: string, message: unknown): Promise<void>;
  /** In the order of publishing. `onGap` is called when messages may have been missed. */
  subscribe(topic: string, listener: (message: unknown) => void, onGap?: () => void): Promise<Unsubscribe>;
  /** Sends a request to one node and waits for its answer. Rejects with a `BusError`. */
  request(nodeId: string, method: string, body: unknown, options?: { timeout?: number }): Promise<unknown>;
  /**
   * Answers the requests to a node of this process. A `CodedError` of the handler reaches the
   * requester unchanged, any other error as `server.internal`. Rejects when the node is already
   * served. A request after the end, or without an answer when this member leaves the cluster, is
   * answered with `no-such-node` before the timeout.
   */
  serve(nodeId: string, handler: (method: string, body: unknown) => Promise<unknown>): Promise<Unsubscribe>;
  /**
   * Whether a member accepts the requests to a node at this moment. A process that died does not,
   * long before its lease expires; nor does one that is cut off from the shared state, although its
   * lease may hold and its own work continues. So `false` does not prove that the node is dead.
   */
  listens(nodeId: string): Promise<boolean>;
}

export class BusError extends Error {
  constructor(
    readonly reason: 'no-such-node' | 'timeout' | 'closed',
    message: string,
  ) {
    super(message);
    this.name = 'BusError';
  }
}

export interface SingleUseTokens {
  /**
   * True exactly once for an id, across all nodes, until `expiresAt` (milliseconds since 1970) has
   * passed (R8).
   */
  use(id: string, expiresAt: number): Promise<boolean>;
}

/**
 * Keys in the Redis that the members share, for counters of a library of the caller. They may be
 * lost (R6).
 */
export interface SharedKeys {
  /**
   * Sends one Redis command about one key. `args` receives the full key: with the cluster's prefix,
   * and with the whole `name` as its hash tag, so `name` holds no braces. Rejects with
   * `server.unavailable` while Redis is away.
   */
  command(name: string, args: (key: string) => string[]): Promise<unknown>;
}

export interface StreamEntry {
  /** Unique and ascending within a stream; a consumer applies each once (R12). */
  id: string;
  body: unknown;
}

export interface DurableStreams {
  /**
   * Returns the entry's id. Rejects with `server.unavailable` when the stream holds `capacity`
   * entries, by default `STREAM_CAPACITY`.
   */
  append(stream: string, body: unknown, capacity?: number): Promise<string>;
  /**
   * Delivers entries to one consumer of a group at a time, in order; an entry is done when the
   * handler's promise resolves and is redelivered (after a pause) when it rejects or the consumer
   * vanished. Earlier entries are delivered too.
   */
  consume(stream: string, group: string, handler: (entry: StreamEntry) => Promise<void>): Promise<Unsubscribe>;
}

/** Maximum number of participants in one room. */
export const ROOM_CAPACITY = 1000;

/**
 * Milliseconds between two heartbeats of a lease, and without a heartbeat until it expires (R4).
 */
export const LEASE_HEARTBEAT = 1000;
export const LEASE_EXPIRY = 3000;

/**
 * Default timeout of `Bus.request` in milliseconds: the time for which a lease can hide the death
 * of its node, and some slack.
 */
export const REQUEST_TIMEOUT = 5000;

/**
 * Milliseconds before the redelivery of an entry that failed: a database's restart takes seconds,
 * so faster retries are useless.
 */
export const REDELIVERY_PAUSE = 1000;

/**
 * Entries that a stream keeps for groups that lag: a bound on memory, far above the backlog of a
 * restart of Server API.
 */
export const STREAM_CAPACITY = 100_000;
