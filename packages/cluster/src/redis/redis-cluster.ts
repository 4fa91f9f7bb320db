import { randomUUID } from 'node:crypto';
import { noTracing, type Tracer } from '@waterbus/telemetry';
import { type Clock, systemClock } from '../clock.js';
import { BusError, type Cluster, type StoreFigures, type Unsubscribe } from '../cluster.js';
import { type Logger, silentLogger } from '../logger.js';
import { countMishaps, type Mishaps } from '../mishaps.js';
import { RedisBus } from './bus.js';
import { Connection } from './connection/connection.js';
import type { RedisTopology } from './connection/topology.js';
import { Keys } from './keys.js';
import type { Member } from './member.js';
import { RedisNodes } from './nodes/nodes.js';
import { RedisRooms } from './rooms/rooms.js';
import { Seats } from './seats.js';
import { RedisSharedKeys } from './shared-keys.js';
import { Signatures } from './signing/signatures.js';
import { RedisStreams } from './streams/streams.js';
import { RedisTokens } from './tokens.js';

export interface RedisClusterOptions {
  /** Redis 7 or newer: one server, a primary behind Sentinels, or a Redis Cluster. */
  redis: RedisTopology;
  /**
   * Prefix of every key and channel, so that several clusters can share a Redis. Without braces;
   * default `waterbus:`.
   */
  keyPrefix?: string;
  /**
   * Shared by all servers of the cluster. Messages and durable records are signed with keys derived
   * from it; others are dropped.
   */
  secret: string | Uint8Array;
  clock?: Clock;
  logger?: Logger;
  /** Default: none. */
  tracer?: Tracer;
}

/**
 * One member of a cluster whose members share a Redis. Calls reject with `server.unavailable` while
 * Redis is away (R6).
 */
export interface RedisCluster extends Cluster {
  /** Ends this member like a killed process: without a release, its leases run out (R4). */
  sever(): void;
  /**
   * Resolves when all commands of this member are answered, and messages published before are
   * delivered.
   */
  settled(): Promise<void>;
}

/** Rejects with `server.unavailable` when Redis cannot be reached, or is older than 7. */
export async function createRedisCluster(options: RedisClusterOptions): Promise<RedisCluster> {
  const member = new RedisMember(options);
  try {
    await member.open();
  } catch (error) {
    member.sever();
    throw error;
  }
  return member;
}

class RedisMember implements RedisCluster, Member {
  readonly id = randomUUID();
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tally: Mishaps;
  readonly tracer: Tracer;
  readonly signatures: Signatures;
  readonly connection: Connection;
  readonly keys: Keys;
  readonly nodes: RedisNodes;
  readonly rooms: RedisRooms;
  readonly bus: RedisBus;
  readonly tokens: RedisTokens;
  readonly streams: RedisStreams;
  readonly sharedKeys: RedisSharedKeys;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(options: RedisClusterOptions) {
    const {
      redis,
      secret,
      keyPrefix = 'waterbus:',
      clock = systemClock,
      logger = silentLogger,
      tracer = noTracing,
    } = options;
    this.tracer = tracer;
    this.clock = clock;
    this.logger = logger;
    this.keys = new Keys(keyPrefix);
    this.signatures = new Signatures(secret, this.id, clock);
    this.tally = countMishaps(clock, logger);
    this.connection = new Connection(redis, clock, logger, this.tally, tracer);
    this.nodes = new RedisNodes(this);
    const seats = new Seats(this, this.nodes);
    this.rooms = new RedisRooms(this);
    this.bus = new RedisBus(this, this.nodes, seats);
    this.tokens = new RedisTokens(this);
    this.streams = new RedisStreams(this, seats);
    this.sharedKeys = new RedisSharedKeys(this);
  }

  async open(): Promise<void> {
    await this.connection.open();
    await this.nodes.open();
    await this.bus.open();
    this.connection.onReturn = () => this.nodes.redisReturned();
  }

  get ended(): boolean {
    return this.#ended;
  }

  assertOpen(): void {
    if (this.#ended || this.#closing) throw new BusError('closed', 'This member has left the cluster');
  }

  get recovering(): boolean {
    return this.nodes.recovering;
  }

  mishaps(): Record<string, number> {
    return this.tally.figures();
  }

  store(): StoreFigures {
    return this.connection.figures();
  }

  onReset(listener: () => void): Unsubscribe {
    return this.nodes.onReset(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  sever(): void {
    this.#ended = true;
    this.connection.close();
    this.nodes.end();
    this.rooms.end();
    this.bus.end();
    this.streams.end();
  }

  async settled(): Promise<void> {
    do {
      await this.connection.barrier();
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.connection.pending > 0);
  }

  /** While Redis is away no member receives the release; leases run out then. */
  async #close(): Promise<void> {
    if (this.#ended) return;
    try {
      await this.streams.close();
      this.bus.leave();
      await this.nodes.releaseAll();
      await this.bus.answered();
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'Redis is away: the other members do not learn that this one leaves');
    }
    this.sever();
  }
}
