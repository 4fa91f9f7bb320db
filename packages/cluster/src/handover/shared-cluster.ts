import { type Clock, systemClock } from '../clock.js';
import {
  type Bus,
  BusError,
  type Cluster,
  type DurableStreams,
  type Lease,
  type NodeEvent,
  type NodeRecord,
  type NodeRegistry,
  type RoomStore,
  type SingleUseTokens,
  STREAM_CAPACITY,
  type StreamEntry,
  type Unsubscribe,
} from '../cluster.js';
import { type ClusterState, createInProcessCluster, type InProcessCluster } from '../in-process/in-process-cluster.js';
import { type Logger, silentLogger } from '../logger.js';
import { countMishaps, type Mishaps, surely } from '../mishaps.js';
import { type ClusterChannel, errorOf, type HostMessage, type MemberMessage, outcomeOf } from './channel.js';

export interface SharedClusterOptions {
  clock?: Clock;
  logger?: Logger;
}

/**
 * A member of the in-process cluster of another process. When that process ends, this one goes on
 * with an in-process cluster of its own: with the state that was handed over, or, after a crash,
 * with an empty one that its members restore (`onReset`, R6).
 */
export function joinSharedCluster(channel: ClusterChannel, options: SharedClusterOptions = {}): HandedCluster {
  return new SharedCluster(channel, options);
}

/** Once the other process has ended, this one can hand the cluster over in its turn. */
export type HandedCluster = Cluster & Pick<InProcessCluster, 'connect'>;

/** What this member has begun: begun again on the cluster of its own. */
interface Standing {
  /** An event of the other process: of a listener. */
  event?(value: unknown): void;
  gap?(): void;
  /** A request or an entry. */
  handle?(...args: unknown[]): Promise<unknown>;
  begin(cluster: Cluster): Promise<Unsubscribe>;
  /** On the own cluster. */
  stop?: Unsubscribe;
}

interface PendingCall {
  method: string;
  args: unknown[];
  resolve(value: unknown): void;
  reject(error: Error): void;
}

class SharedCluster implements HandedCluster {
  readonly sharedKeys = undefined;
  readonly nodes: NodeRegistry;
  readonly rooms: RoomStore;
  readonly bus: Bus;
  readonly tokens: SingleUseTokens;
  readonly streams: DurableStreams;
  readonly #channel: ClusterChannel;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #mishaps: Mishaps;
  readonly #pending = new Map<number, PendingCall>();
  readonly #standing = new Map<number, Standing>();
  readonly #leases = new Map<string, { record: NodeRecord; own: Promise<Lease> | undefined }>();
  readonly #resets = new Set<() => void>();
  #number = 0;
  /** The highest version and epoch that this member has met: rooms go on above them. */
  #met = { version: 0, epoch: 0 };
  #own: InProcessCluster | undefined;
  #ended = false;
  recovering = false;

  constructor(channel: ClusterChannel, { clock = systemClock, logger = silentLogger }: SharedClusterOptions) {
    this.#channel = channel;
    this.#clock = clock;
    this.#logger = logger;
    this.#mishaps = countMishaps(clock, logger);
    this.nodes = this.#nodes();
    this.rooms = this.#rooms();
    this.bus = this.#bus();
    this.tokens = { use: (id, expiresAt) => this.#call('tokens.use', id, expiresAt) as Promise<boolean> };
    this.streams = this.#streams();
    channel.onMessage((message) => this.#received(message as HostMessage));
    channel.onClose(() => this.#goOn(undefined));
  }

  connect(): InProcessCluster {
    if (!this.#own) throw new Error('The cluster is held by another process');
    return this.#own.connect();
  }

  onReset(listener: () => void): Unsubscribe {
    this.#resets.add(listener);
    return () => this.#resets.delete(listener);
  }

  mishaps(): Record<string, number> {
    const own = Object.entries(this.#own?.mishaps() ?? {});
    const sum = this.#mishaps.figures();
    for (const [kind, count] of own) sum[kind] = (sum[kind] ?? 0) + count;
    return sum;
  }

  store(): undefined {}

  async close(): Promise<void> {
    if (this.#ended) return;
    if (this.#own) {
      this.#ended = true;
      return this.#own.close();
    }
    const closed = this.#call('close').catch(() => {});
    this.#ended = true;
    for (const call of this.#pending.values()) {
      if (call.method !== 'close') call.reject(new BusError('closed', 'This member has left the cluster'));
    }
    await closed;
  }

  #nodes(): NodeRegistry {
    return {
      register: async (record) => {
        const held = { record: structuredClone(record), own: this.#own?.nodes.register(record) };
        if (held.own) await held.own;
        this.#leases.set(record.id, held);
        try {
          if (!held.own) await this.#call('nodes.register', record);
        } catch (error) {
          this.#leases.delete(record.id);
          throw error;
        }
        return this.#lease(record.id);
      },
      get: (nodeId) => this.#call('nodes.get', nodeId) as Promise<NodeRecord | undefined>,
      list: (kind) => this.#call('nodes.list', kind) as Promise<NodeRecord[]>,
      watch: (listener) =>
        this.#listen('nodes.watch', [], {
          event: (value) => surely(this.#mishaps, 'nodes', () => listener(value as NodeEvent)),
          begin: (cluster) => cluster.nodes.watch(listener),
        }),
    };
  }

  #lease(nodeId: string): Lease {
    return {
      nodeId,
      update: async (change) => {
        const held = this.#leases.get(nodeId);
        if (held?.own) return (await held.own).update(change);
        if (held) held.record = { ...held.record, ...structuredClone(change) };
        await this.#call('lease.update', nodeId, change);
      },
      release: async () => {
        const held = this.#leases.get(nodeId);
        this.#leases.delete(nodeId);
        if (held?.own) return (await held.own).release();
        if (held && !this.#ended) await this.#call('lease.release', nodeId);
      },
    };
  }

  #rooms(): RoomStore {
    const method =
      (name: keyof RoomStore & string) =>
      async (...args: unknown[]) => {
        const value = await this.#call(`rooms.${name}`, ...args);
        this.#meet(value);
        return value as never;
      };
    return {
      snapshot: method('snapshot'),
      claimHome: method('claimHome'),
      home: method('home'),
      homes: method('homes'),
      apply: method('apply'),
      removeNode: method('removeNode'),
      assert: method('assert'),
      watch: (roomId, listener, onGap) =>
        this.#listen('rooms.watch', [roomId], {
          event: (value) => {
            this.#meet(value);
            surely(this.#mishaps, 'room', () => listener(value as never));
          },
          gap: () => onGap?.(),
          begin: (cluster) => cluster.rooms.watch(roomId, listener, onGap),
        }),
    };
  }

  #bus(): Bus {
    return {
      publish: async (topic, message) => void (await this.#call('bus.publish', topic, message)),
      subscribe: (topic, listener, onGap) =>
        this.#listen('bus.subscribe', [topic], {
          event: (value) => surely(this.#mishaps, 'topic', () => listener(value)),
          gap: () => onGap?.(),
          begin: (cluster) => cluster.bus.subscribe(topic, listener, onGap),
        }),
      request: (nodeId, method, body, options) => this.#call('bus.request', nodeId, method, body, options?.timeout),
      serve: (nodeId, handler) =>
        this.#listen('bus.serve', [nodeId], {
          handle: (method, body) => handler(method as string, body),
          begin: (cluster) => cluster.bus.serve(nodeId, handler),
        }),
      listens: (nodeId) => this.#call('bus.listens', nodeId) as Promise<boolean>,
    };
  }

  #streams(): DurableStreams {
    return {
      append: (stream, body, capacity) =>
        this.#call('streams.append', stream, body, capacity ?? STREAM_CAPACITY) as Promise<string>,
      consume: (stream, group, handler) =>
        this.#listen('streams.consume', [stream, group], {
          handle: (entry) => handler(entry as StreamEntry),
          begin: (cluster) => cluster.streams.consume(stream, group, handler),
        }),
    };
  }

  async #call(method: string, ...args: unknown[]): Promise<unknown> {
    if (this.#ended) throw new BusError('closed', 'This member has left the cluster');
    if (this.#own) return callOn(this.#own, method, args);
    const call = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#pending.set(call, { method, args, resolve, reject });
      this.#post({ call, method, args });
    });
  }

  async #listen(method: string, args: unknown[], standing: Standing): Promise<Unsubscribe> {
    const id = ++this.#number;
    this.#standing.set(id, standing);
    try {
      if (this.#own && !this.#ended) standing.stop = await standing.begin(this.#own);
      else await this.#call(method, id, ...args);
    } catch (error) {
      this.#standing.delete(id);
      throw error;
    }
    return () => {
      if (!this.#standing.delete(id)) return;
      if (standing.stop) standing.stop();
      else if (!this.#own) this.#post({ stop: id });
    };
  }

  #post(message: MemberMessage): void {
    this.#channel.send(message);
  }

  #received(message: HostMessage): void {
    if (this.#own) return;
    if ('returned' in message) {
      const call = this.#pending.get(message.returned);
      this.#pending.delete(message.returned);
      if (message.result.ok) call?.resolve(message.result.value);
      else call?.reject(errorOf(message.result.error));
    } else if ('ask' in message) void this.#answer(message.ask, message.handler, message.args);
    else if (this.#ended) return;
    else if ('event' in message) this.#standing.get(message.event)?.event?.(message.value);
    else if ('gap' in message) this.#standing.get(message.gap)?.gap?.();
    else this.#goOn(message.state);
  }

  async #answer(answer: number, handler: number, args: unknown[]): Promise<void> {
    const handle = this.#standing.get(handler)?.handle;
    if (!handle || this.#ended) return this.#post({ gone: answer });
    try {
      const value = structuredClone(await handle(...args));
      this.#post({ answer, result: { ok: true, value } });
    } catch (error) {
      const result = outcomeOf(error);
      const isRequest = args.length > 1;
      if (isRequest && !result.ok && result.error.type === 'other') {
        this.#mishaps.count('requestsFailed', { method: args[0], error: result.error.message });
        this.#post({ answer, result: { ok: false, error: { type: 'coded', code: 'server.internal' } } });
      } else this.#post({ answer, result });
    }
  }

  /** Leases first: a watcher must not meet its own nodes as new ones. */
  #goOn(state: ClusterState | undefined): void {
    if (this.#own || this.#ended) return;
    const own = createInProcessCluster({
      clock: this.#clock,
      logger: this.#logger,
      state: state ?? emptyAbove(this.#met),
    });
    this.#own = own;
    for (const held of this.#leases.values()) {
      held.own = own.nodes.register(held.record);
    }
    for (const [id, standing] of this.#standing) void this.#beginAgain(id, standing, own);
    // The other process has not carried them out, or it is unknown, as after a loss of Redis.
    for (const call of this.#pending.values()) callOn(own, call.method, call.args).then(call.resolve, call.reject);
    this.#pending.clear();
    if (!state) this.#recover();
  }

  async #beginAgain(id: number, standing: Standing, own: Cluster): Promise<void> {
    const stop = await standing.begin(own);
    if (this.#standing.has(id)) standing.stop = stop;
    else stop();
  }

  #recover(): void {
    this.recovering = true;
    this.#clock.after(RECOVERY, () => {
      this.recovering = false;
    });
    queueMicrotask(() => {
      for (const listener of this.#resets) surely(this.#mishaps, 'reset', listener);
    });
  }

  #meet(value: unknown): void {
    const { version = 0, epoch = 0 } = (value ?? {}) as { version?: number; epoch?: number };
    this.#met = { version: Math.max(this.#met.version, version), epoch: Math.max(this.#met.epoch, epoch) };
  }
}

/** Of a call that began in the other process. A watch or a lease has been begun again already. */
async function callOn(cluster: Cluster, method: string, args: unknown[]): Promise<unknown> {
  const [part = '', name = ''] = method.split('.');
  if (name === 'watch' || name === 'subscribe' || name === 'serve' || name === 'consume') return undefined;
  if (method === 'bus.request') {
    const [nodeId, request, body, timeout] = args as [string, string, unknown, number | undefined];
    return cluster.bus.request(nodeId, request, body, timeout ? { timeout } : {});
  }
  if (method === 'nodes.register' || part === 'lease') return undefined;
  const object = (cluster as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>)[part];
  return object?.[name]?.(...args);
}

function emptyAbove({ version, epoch }: { version: number; epoch: number }): ClusterState {
  return {
    rooms: { epoch: epoch + UNSEEN, versionFloor: version + UNSEEN, rooms: [] },
    tokens: [],
    streams: { lastId: { date: 0, sequence: 0 }, streams: [] },
  };
}

/** Versions and epochs of a room that this member cannot have met: far more than happen at once. */
const UNSEEN = 1_000_000;

/** Milliseconds in which members assert their participants, as over Redis. */
const RECOVERY = 2500;
