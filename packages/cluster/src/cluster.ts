import type { RoomChange, RoomEvent, RoomParticipant, RoomSnapshot, VideoCodec } from '@waterbus/protocol';

/**
 * What the nodes of one Waterbus share: who is alive, the rooms' state, messages between nodes, single-use tokens and durable
 * streams. Two implementations, in-process and Redis, pass one contract suite. Everything is asynchronous and by id.
 * Listeners are called in order; one that throws is counted and logged, and keeps nobody else from hearing.
 */
export interface Cluster {
  readonly nodes: NodeRegistry;
  readonly rooms: RoomStore;
  readonly bus: Bus;
  readonly tokens: SingleUseTokens;
  readonly streams: DurableStreams;
  /** Undefined in process: members that share no Redis keep such things in memory. */
  readonly sharedKeys: SharedKeys | undefined;
  /**
   * Tells this member that what it wrote may be gone and what it could not write is missing: what the members share was away and is back, perhaps
   * empty, or a lease of this member had run out and was taken again. Its leases are back by then. Whoever writes rooms then calls
   * `rooms.assert` for every participant at home here, and lets those leave who left meanwhile: `rooms.homes` still names them (R6).
   */
  onReset(listener: () => void): Unsubscribe;
  /**
   * True from the moment in which what the members share is back, for as long as they need to say again what is missing: what is not found now may be
   * there in a moment (R6).
   */
  readonly recovering: boolean;
  /** What this member has dropped or survived since it began, by kind; kinds that never happened are left out. */
  mishaps(): Record<string, number>;
  close(): Promise<void>;
}

export type Unsubscribe = () => void;

export type NodeKind = 'api' | 'ws' | 'media';

export interface NodeRecord {
  id: string;
  kind: NodeKind;
  /** Of a media node: the Server WS node that speaks for it (its child process's parent). */
  ownerId?: string;
  /** Takes no new work (R10). */
  draining: boolean;
  /** Kind-specific figures; placement reads those of media nodes. */
  load: Record<string, number>;
}

export type NodeEvent =
  | { type: 'up' | 'changed'; node: NodeRecord }
  /** `expired`: its lease ran out; told once, whichever node noticed (R4). `released`: it said goodbye. */
  | { type: 'down'; node: NodeRecord; reason: 'expired' | 'released' };

export interface NodeRegistry {
  /** Holds a lease for a node of this process: heartbeat 1 s, expiry 3 s (R4). Rejects when the id is held already. */
  register(record: NodeRecord): Promise<Lease>;
  get(nodeId: string): Promise<NodeRecord | undefined>;
  list(kind?: NodeKind): Promise<NodeRecord[]>;
  /** May begin with `down` for nodes that went while nobody was there to call `RoomStore.removeNode` for them. */
  watch(listener: (event: NodeEvent) => void): Promise<Unsubscribe>;
}

export interface Lease {
  readonly nodeId: string;
  update(change: Partial<Pick<NodeRecord, 'draining' | 'load'>>): Promise<void>;
  release(): Promise<void>;
}

/** Who may write for a participant: its home node at an epoch (R3). */
export interface Home {
  participantId: string;
  nodeId: string;
  epoch: number;
}

export type ApplyResult =
  /** The change is in and was broadcast with this version. */
  | { type: 'applied'; version: number }
  /** It said nothing new: no version spent, nothing broadcast. */
  | { type: 'unchanged'; version: number }
  /** The writer's epoch is older than the participant's home (R3), the participant is not there, or the room is full. */
  | { type: 'refused'; reason: 'stale-epoch' | 'not-found' | 'full' };

export type AssertResult =
  /** The room says what was asserted. `home` is the one in force, with a new epoch when it had been lost. */
  | { type: 'asserted'; home: Home }
  /** Another home took over meanwhile (R3), or the room has filled up. */
  | { type: 'refused'; reason: 'stale-epoch' | 'full' };

export interface RoomStore {
  /** Undefined when nobody is in the room, observers aside. */
  snapshot(roomId: string): Promise<RoomSnapshot | undefined>;
  /**
   * Makes `nodeId` the participant's home and answers the new epoch, higher than any before (R3). The participant need not
   * have joined yet, or ever: a hidden one has a home, and is counted among the observers. A room has at most `ROOM_CAPACITY` participants.
   */
  claimHome(roomId: string, participantId: string, nodeId: string): Promise<Home>;
  home(roomId: string, participantId: string): Promise<Home | undefined>;
  /** Homes of all participants of a room. */
  homes(roomId: string): Promise<Home[]>;
  /**
   * Applies one change atomically: change, version + 1, broadcast (R1, R2). `home` says who writes; it writes for its own
   * participant only, anything else rejects. Who leaves (or finds the room full) has no home any more; leaving without
   * having joined gives a claim back and is `unchanged`.
   */
  apply(roomId: string, change: RoomChange, home: Home): Promise<ApplyResult>;
  /**
   * Removes everything that hung on a node that is down: participants at home there, producers on that media node (R4).
   * Each room's changes are versioned and broadcast once, however many nodes call this. Answers whom this call removed, so
   * that whoever did it, and nobody else, records it (R12). While the members cannot reach what they share, it goes on trying.
   */
  removeNode(nodeId: string): Promise<LostParticipants[]>;
  /**
   * Says again what a home knows of its participant, after `Cluster.onReset`: claims the home when the participant has none, and makes the room
   * say what `participant` says, with all producers (R6). What is there already costs no version. Of a hidden one the
   * room says only that somebody observes, and what is decoded there. Without `participant` it is about the home only.
   */
  assert(roomId: string, home: Home, participant?: RoomParticipant | Observing): Promise<AssertResult>;
  /**
   * Events of one room in version order, from the moment the promise resolves. `onGap` is called when some may have been missed: read
   * the snapshot (R1).
   */
  watch(roomId: string, listener: (event: RoomEvent) => void, onGap?: () => void): Promise<Unsubscribe>;
}

/** Somebody who is in the call without being shown to it. */
export interface Observing {
  observes: true;
  decodes?: VideoCodec[] | undefined;
}

export interface LostParticipants {
  roomId: string;
  /** Also of those who had a home there without having joined: hidden ones, whom the room never hears of. */
  participantIds: string[];
  /** This took the last one out of the room who had joined. */
  ended: boolean;
}

export interface Bus {
  publish(topic: string, message: unknown): Promise<void>;
  /** In the order of publishing. `onGap` is called when messages may have been missed. */
  subscribe(topic: string, listener: (message: unknown) => void, onGap?: () => void): Promise<Unsubscribe>;
  /** Asks one node and waits for its answer. Rejects with a `BusError`. */
  request(nodeId: string, method: string, body: unknown, options?: { timeout?: number }): Promise<unknown>;
  /**
   * Answers the requests sent to a node of this process. A `CodedError` thrown by the handler reaches the asker as itself, any
   * other error as `server.internal`. Rejects when the node is served already. Who asks after the end, or is not answered when this member leaves the cluster,
   * hears `no-such-node` and need not wait for the timeout.
   */
  serve(nodeId: string, handler: (method: string, body: unknown) => Promise<unknown>): Promise<Unsubscribe>;
  /**
   * Whether anybody takes the requests to a node at this moment. A process that died does not, long before its lease runs out; nor does one that is cut off
   * from what the members share, whose lease may hold and whose own work goes on. So a `false` is no proof of death.
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
  /** True exactly once for an id, across all nodes, until `expiresAt` (milliseconds since 1970) has passed (R8). */
  use(id: string, expiresAt: number): Promise<boolean>;
}

/** Keys in the Redis that the members share, for what a library of the caller counts there. They may be lost (R6). */
export interface SharedKeys {
  /**
   * Sends one Redis command about one key. `args` gets the key as Redis knows it: with the cluster's prefix, and with the whole `name` as its
   * hash tag, so `name` holds no braces. Rejects with `server.unavailable` while Redis is away.
   */
  command(name: string, args: (key: string) => string[]): Promise<unknown>;
}

export interface StreamEntry {
  /** Unique and ascending within a stream; a consumer applies each once (R12). */
  id: string;
  body: unknown;
}

export interface DurableStreams {
  /** Answers the entry's id. Rejects with `server.unavailable` when the stream holds `STREAM_CAPACITY` entries. */
  append(stream: string, body: unknown): Promise<string>;
  /**
   * Hands entries to one consumer of a group at a time, in order; an entry counts as done when the handler's promise
   * resolves and is handed out again (after a pause) when it rejects or the consumer vanished. Entries from before are handed out too.
   */
  consume(stream: string, group: string, handler: (entry: StreamEntry) => Promise<void>): Promise<Unsubscribe>;
}

/** Highest number of participants one room takes. */
export const ROOM_CAPACITY = 1000;

/** Milliseconds between two heartbeats of a lease, and without any until it expires (R4). */
export const LEASE_HEARTBEAT = 1000;
export const LEASE_EXPIRY = 3000;

/** Milliseconds that `Bus.request` waits unless told otherwise: as long as a lease can hide that its node died, and some slack. */
export const REQUEST_TIMEOUT = 5000;

/** Milliseconds before an entry that failed is handed out again: a database's restart takes seconds, so quicker is only noise. */
export const REDELIVERY_PAUSE = 1000;

/** Entries that a stream keeps for groups that lag: a bound on memory, far above what a restart of Server API lets pile up. */
export const STREAM_CAPACITY = 100_000;
