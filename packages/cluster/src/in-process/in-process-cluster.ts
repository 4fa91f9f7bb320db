import { type Clock, systemClock } from '../clock.js';
import {
  type Bus,
  BusError,
  type Cluster,
  type DurableStreams,
  type NodeRegistry,
  type RoomStore,
  type SingleUseTokens,
  type Unsubscribe,
} from '../cluster.js';
import { type Logger, silentLogger } from '../logger.js';
import { countMishaps, type Mishaps } from '../mishaps.js';
import { BusHub } from './bus.js';
import type { Member } from './member.js';
import { NodeHub } from './nodes.js';
import { RoomHub, type RoomsState } from './rooms.js';
import { StreamHub, type StreamsState } from './streams.js';
import { TokenHub, type TokensState } from './tokens.js';

export interface InProcessClusterOptions {
  clock?: Clock;
  logger?: Logger;
  /** The state of another in-process cluster, which has ended. */
  state?: ClusterState;
}

/** What outlives the members: JSON. */
export interface ClusterState {
  rooms: RoomsState;
  tokens: TokensState;
  streams: StreamsState;
}

/**
 * A cluster whose members live in one process: the base of embedded mode. Durable streams last for
 * the life of the process only, and values that pass from one member to another are copied, as over
 * a network.
 */
export interface InProcessCluster extends Cluster {
  /** One more member of the same cluster, as another server process would be. */
  connect(): InProcessCluster;
  /** For a cluster that goes on in another process; all other members have left. */
  state(): ClusterState;
  /** Ends this member like a killed process: without a release, its leases run out (R4). */
  sever(): void;
}

/** `close()` removes only its own member from the cluster; the others continue. */
export function createInProcessCluster(options: InProcessClusterOptions = {}): InProcessCluster {
  const clock = options.clock ?? systemClock;
  const mishaps = countMishaps(clock, options.logger ?? silentLogger);
  const { state } = options;
  const hubs: Hubs = {
    mishaps,
    nodes: new NodeHub(clock, mishaps),
    rooms: new RoomHub(mishaps, state?.rooms),
    bus: new BusHub(clock, mishaps),
    tokens: new TokenHub(clock, state?.tokens),
    streams: new StreamHub(clock, state?.streams),
  };
  return new InProcessMember(hubs);
}

interface Hubs {
  /** Of all members: they share a process. */
  mishaps: Mishaps;
  nodes: NodeHub;
  rooms: RoomHub;
  bus: BusHub;
  tokens: TokenHub;
  streams: StreamHub;
}

class InProcessMember implements InProcessCluster, Member {
  readonly nodes: NodeRegistry;
  readonly rooms: RoomStore;
  readonly bus: Bus;
  readonly tokens: SingleUseTokens;
  readonly streams: DurableStreams;
  readonly sharedKeys = undefined;
  readonly #hubs: Hubs;
  #ended = false;

  constructor(hubs: Hubs) {
    this.#hubs = hubs;
    this.nodes = hubs.nodes.for(this);
    this.rooms = hubs.rooms.for(this);
    this.bus = hubs.bus.for(this);
    this.tokens = hubs.tokens.for(this);
    this.streams = hubs.streams.for(this);
  }

  get ended(): boolean {
    return this.#ended;
  }

  assertOpen(): void {
    if (this.#ended) throw new BusError('closed', 'This member has left the cluster');
  }

  /** Nothing is ever lost. */
  get recovering(): boolean {
    return false;
  }

  mishaps(): Record<string, number> {
    return this.#hubs.mishaps.figures();
  }

  store(): undefined {}

  /** Nothing is lost while the process lives, and a process that lost its leases has ended. */
  onReset(): Unsubscribe {
    return () => {};
  }

  connect(): InProcessCluster {
    return new InProcessMember(this.#hubs);
  }

  state(): ClusterState {
    const { rooms, tokens, streams } = this.#hubs;
    return { rooms: rooms.state(), tokens: tokens.state(), streams: streams.state() };
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#hubs.nodes.releaseAll(this);
    this.#hubs.bus.leave(this);
    this.sever();
  }

  sever(): void {
    this.#ended = true;
    this.#hubs.nodes.drop(this);
    this.#hubs.rooms.drop(this);
    this.#hubs.bus.drop(this);
    this.#hubs.streams.drop(this);
  }
}
