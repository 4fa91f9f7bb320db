import { createClient, ErrorReply, type RedisClientOptions } from 'redis';
import type { Clock } from '../../clock.js';
import type { Logger } from '../../logger.js';
import { unavailable } from './unavailable.js';

type Client = ReturnType<typeof createClient>;

export interface LinkEvents {
  /** Connected, for the first time or `again`. */
  ready(again: boolean): void;
  /** The connection was lost, or an attempt to connect failed. */
  failed(): void;
  message(channel: string, message: string): void;
  /**
   * The server ended the subscription, because it no longer serves the channel's slot, or serves it
   * anew.
   */
  moved(channel: string): void;
  /** A command was answered, or failed, after so many milliseconds. */
  answered(outcome: 'ok' | 'error', milliseconds: number): void;
}

/**
 * One connection to one Redis primary, for commands and messages (RESP3). It reconnects until
 * closed. A command that cannot be sent now rejects at once, so nothing piles up while Redis is
 * away (R6).
 */
export class Link {
  #client: Client | undefined;
  #runId: string | undefined;
  #pending = 0;
  #closed = false;
  /** Start of the time without a connection. */
  #awaySince: number | undefined;
  #cancelRetry: (() => void) | undefined;
  #cancelPing: (() => void) | undefined;

  constructor(
    private readonly locate: () => Promise<RedisClientOptions>,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly events: LinkEvents,
  ) {}

  /** Id of the server process that answers; differs after a restart and after a fail-over. */
  get runId(): string {
    return this.#runId ?? '';
  }

  get ready(): boolean {
    return this.#client !== undefined;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Resolves once connected; rejects when the first attempt fails, but continues to retry. */
  async open(): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      this.#retry(error);
      throw error;
    }
  }

  /**
   * Rejects with `server.unavailable`, or with Redis' own error reply. An `urgent` command is sent
   * before those that wait.
   */
  send(args: string[], { urgent = false } = {}): Promise<unknown> {
    const client = this.#client;
    if (!client) return Promise.reject(unavailable('Redis is away'));
    if (this.#pending >= MAX_PENDING) return Promise.reject(unavailable('Redis does not keep up'));
    return this.#track(client, () => client.sendCommand(args, urgent ? { asap: true } : undefined));
  }

  subscribe(channel: string): Promise<unknown> {
    const client = this.#client;
    if (!client) return Promise.reject(unavailable('Redis is away'));
    return this.#track(client, () => client.sSubscribe(channel, this.#deliver));
  }

  /** Resolves when no more messages arrive from the channel, also when the connection is lost. */
  async unsubscribe(channel: string): Promise<void> {
    const client = this.#client;
    if (client) await this.#track(client, () => client.sUnsubscribe(channel)).catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#release();
  }

  async #connect(): Promise<void> {
    const options = await this.locate();
    if (this.#closed) throw unavailable('closed');
    const client = openClient(options);
    const lost = (error?: unknown) => {
      if (this.#client === client) this.#drop(error);
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('sharded-channel-moved', (channel) => this.events.moved(String(channel)));
    try {
      const runId = await within(this.clock, CONNECT_TIMEOUT, identify(client));
      if (this.#closed) throw unavailable('closed');
      const again = this.#runId !== undefined;
      this.#runId = runId;
      this.#client = client;
      this.#awaySince = undefined;
      this.#ping(client);
      this.events.ready(again);
    } catch (error) {
      client.destroy();
      throw error;
    }
  }

  #drop(error: unknown): void {
    this.#release();
    if (!this.#closed) this.#retry(error);
  }

  #release(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#cancelPing?.();
    client?.destroy();
  }

  #retry(error: unknown): void {
    if (this.#closed) return;
    const now = this.clock.now();
    if (this.#awaySince === undefined) {
      this.#awaySince = now;
      this.logger.warn({ error: String(error) }, 'Redis is away; connecting again');
    }
    const pause = Math.min(RETRY_LONGEST, Math.max(RETRY_FIRST, (now - this.#awaySince) * RETRY_SHARE));
    this.#cancelRetry = this.clock.after(pause, () => {
      this.#connect().catch((failure) => this.#retry(failure));
    });
    this.events.failed();
  }

  /** A silent connection reports no failure: an unanswered PING detects a partition. */
  #ping(client: Client): void {
    this.#cancelPing = this.clock.after(PING_INTERVAL, () => {
      this.#cancelPing = this.clock.after(SILENCE_LIMIT, () => this.#drop(unavailable('Redis has gone silent')));
      client.sendCommand(['PING'], { asap: true }).then(
        () => {
          if (this.#client !== client) return;
          this.#cancelPing?.();
          this.#ping(client);
        },
        () => {},
      );
    });
  }

  #track(client: Client, command: () => Promise<unknown>): Promise<unknown> {
    this.#pending += 1;
    return new Promise((resolve, reject) => {
      const cancel = this.clock.after(COMMAND_TIMEOUT, () => reject(unavailable('Redis did not answer in time')));
      const sent = this.clock.now();
      const settle = (outcome: 'ok' | 'error') => {
        this.#pending -= 1;
        cancel();
        this.events.answered(outcome, this.clock.now() - sent);
      };
      command().then(
        (reply) => {
          settle('ok');
          resolve(reply);
        },
        (error: unknown) => {
          settle('error');
          if (error instanceof ErrorReply && !CANNOT.test(error.message)) return reject(error);
          // A primary that became a replica, or that loads its data, cannot serve: find the right
          // one.
          if (error instanceof ErrorReply && NO_PRIMARY.test(error.message) && this.#client === client)
            this.#drop(error);
          reject(unavailable(`Redis is away: ${error instanceof Error ? error.message : String(error)}`));
        },
      );
    });
  }

  readonly #deliver = (message: string, channel: string): void => this.events.message(channel, message);
}

/** Queries to one server, over a connection of their own. */
export async function askOnce(options: RedisClientOptions, clock: Clock, questions: string[][]): Promise<unknown[]> {
  const client = openClient(options);
  client.on('error', () => {});
  try {
    return await within(
      clock,
      CONNECT_TIMEOUT,
      client.connect().then(() => Promise.all(questions.map((args) => client.sendCommand(args)))),
    );
  } finally {
    client.destroy();
  }
}

function openClient(options: RedisClientOptions): Client {
  return createClient({
    ...options,
    socket: {
      ...options.socket,
      reconnectStrategy: false,
      connectTimeout: CONNECT_TIMEOUT,
      highWaterMark: WRITTEN_AT_ONCE,
    } as never,
    RESP: 3,
    // A timer and an AbortSignal for each command, which has `COMMAND_TIMEOUT` already.
    commandOptions: { timeout: 0 },
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
  }) as Client;
}

/** The run id of a primary of Redis 7 or newer; rejects for any other server. */
async function identify(client: Client): Promise<string> {
  await client.connect();
  const [info, role] = await Promise.all([client.sendCommand(['INFO', 'server']), client.sendCommand(['ROLE'])]);
  const runId = /run_id:([0-9a-f]+)/.exec(String(info))?.[1];
  const major = Number(/redis_version:(\d+)/.exec(String(info))?.[1]);
  if (!runId || !(major >= OLDEST_REDIS)) throw unavailable(`Redis ${OLDEST_REDIS} or newer is needed`);
  if (!Array.isArray(role) || String(role[0]) !== 'master') throw unavailable('This Redis server is not a primary');
  return runId;
}

/** Rejects with `server.unavailable` when the work takes longer than this many milliseconds. */
export function within<T>(clock: Clock, milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(milliseconds, () => reject(unavailable('Redis did not answer in time')));
    work.then(resolve, reject).finally(cancel);
  });
}

/** Sharded messages (SPUBLISH) exist since Redis 7. */
const OLDEST_REDIS = 7;

/**
 * Error replies for a command that could not be carried out now, and for one that another server
 * would accept.
 */
const CANNOT = /^(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|OOM|MISCONF|BUSY) /;
const NO_PRIMARY = /^(?:READONLY|LOADING|MASTERDOWN) /;

/**
 * Milliseconds; more than a round trip between continents with TLS, and short enough that members
 * reconnect close together.
 */
export const CONNECT_TIMEOUT = 2000;

/**
 * Milliseconds before the first attempt to connect, and the maximum before any further one. In
 * between, the pause is a share of the time away: this prolongs an outage by no more than that
 * share, and long outages cause few attempts.
 */
const RETRY_FIRST = 50;
const RETRY_LONGEST = 1000;
const RETRY_SHARE = 0.1;

/**
 * Milliseconds after which a command rejects: a stall of two seconds is tolerated, and no command
 * waits longer than a request.
 */
const COMMAND_TIMEOUT = 4000;

/**
 * Milliseconds between two PINGs, and until an unanswered PING means that the connection is dead.
 */
const PING_INTERVAL = 1000;
const SILENCE_LIMIT = 3000;

/**
 * Bytes that are passed to the socket in one turn of the event loop, after which node-redis waits
 * for the next turn. With Node's 16 KiB that is about twenty commands: in a busy process with long
 * turns all other commands would wait for seconds, heartbeats too.
 */
const WRITTEN_AT_ONCE = 1024 * 1024;

/** Commands under way on one connection: one second of work for Redis, and a bound on memory. */
const MAX_PENDING = 50_000;
