import type { Lease, NodeRecord, StreamEntry, Unsubscribe } from '../cluster.js';
import { HandlerGone } from '../in-process/bus.js';
import type { InProcessCluster } from '../in-process/in-process-cluster.js';
import { type ClusterChannel, errorOf, type HostMessage, type MemberMessage, outcomeOf } from './channel.js';

/**
 * Serves an in-process cluster to a member in another process, which goes on with it when this
 * process ends (`shared-cluster.ts`).
 */
export class HostedMember {
  readonly #cluster: InProcessCluster;
  readonly #channel: ClusterChannel;
  readonly #leases = new Map<string, Lease>();
  readonly #stops = new Map<number, Unsubscribe>();
  readonly #asked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #asks = 0;
  #over = false;

  constructor(root: Pick<InProcessCluster, 'connect'>, channel: ClusterChannel) {
    this.#cluster = root.connect();
    this.#channel = channel;
    channel.onMessage((message) => this.#received(message as MemberMessage));
    channel.onClose(() => this.#sever());
  }

  /**
   * Hands the cluster over, when all other members have left. The calls under way are answered
   * first: an in-process call takes microtasks. Later ones are the member's own to repeat.
   */
  async handOver(): Promise<void> {
    this.#over = true;
    await new Promise(setImmediate);
    this.#post({ state: this.#cluster.state() });
    this.#sever();
  }

  #sever(): void {
    this.#over = true;
    this.#cluster.sever();
    for (const { reject } of this.#asked.values()) reject(new Error('The process has ended'));
    this.#asked.clear();
  }

  #post(message: HostMessage): void {
    this.#channel.send(message);
  }

  #received(message: MemberMessage): void {
    if (this.#over) return;
    if ('answer' in message) {
      const asked = this.#asked.get(message.answer);
      this.#asked.delete(message.answer);
      if (message.result.ok) asked?.resolve(message.result.value);
      else asked?.reject(errorOf(message.result.error));
    } else if ('gone' in message) {
      this.#asked.get(message.gone)?.reject(new HandlerGone());
      this.#asked.delete(message.gone);
    } else if ('stop' in message) {
      this.#stops.get(message.stop)?.();
      this.#stops.delete(message.stop);
    } else {
      this.#call(message.method, message.args).then(
        (value) => this.#post({ returned: message.call, result: { ok: true, value } }),
        (error) => this.#post({ returned: message.call, result: outcomeOf(error) }),
      );
    }
  }

  async #call(name: string, args: unknown[]): Promise<unknown> {
    const call = (this.#calls as Record<string, (...args: never[]) => Promise<unknown>>)[name];
    if (!call) throw new Error(`The cluster has no method ${name}`);
    return call(...(args as never[]));
  }

  readonly #calls = {
    close: () => this.#cluster.close(),
    'nodes.register': async (record: NodeRecord) => {
      this.#leases.set(record.id, await this.#cluster.nodes.register(record));
    },
    'lease.update': async (nodeId: string, change: Partial<NodeRecord>) => this.#leases.get(nodeId)?.update(change),
    'lease.release': async (nodeId: string) => this.#leases.get(nodeId)?.release(),
    'nodes.get': (nodeId: string) => this.#cluster.nodes.get(nodeId),
    'nodes.list': (kind?: NodeRecord['kind']) => this.#cluster.nodes.list(kind ?? undefined),
    'nodes.watch': (id: number) => this.#keep(id, this.#cluster.nodes.watch(this.#events(id))),
    'rooms.snapshot': (roomId: string) => this.#cluster.rooms.snapshot(roomId),
    'rooms.claimHome': (...args: Parameters<InProcessCluster['rooms']['claimHome']>) =>
      this.#cluster.rooms.claimHome(...args),
    'rooms.home': (roomId: string, participantId: string) => this.#cluster.rooms.home(roomId, participantId),
    'rooms.homes': (roomId: string) => this.#cluster.rooms.homes(roomId),
    'rooms.apply': (...args: Parameters<InProcessCluster['rooms']['apply']>) => this.#cluster.rooms.apply(...args),
    'rooms.removeNode': (nodeId: string) => this.#cluster.rooms.removeNode(nodeId),
    'rooms.assert': (...[roomId, home, participant]: Parameters<InProcessCluster['rooms']['assert']>) =>
      this.#cluster.rooms.assert(roomId, home, participant ?? undefined),
    'rooms.watch': (id: number, roomId: string) =>
      this.#keep(id, this.#cluster.rooms.watch(roomId, this.#events(id), this.#gaps(id))),
    'bus.publish': (topic: string, message: unknown) => this.#cluster.bus.publish(topic, message),
    'bus.subscribe': (id: number, topic: string) =>
      this.#keep(id, this.#cluster.bus.subscribe(topic, this.#events(id), this.#gaps(id))),
    'bus.request': (nodeId: string, method: string, body: unknown, timeout?: number) =>
      this.#cluster.bus.request(nodeId, method, body, timeout ? { timeout } : {}),
    'bus.serve': (id: number, nodeId: string) =>
      this.#keep(
        id,
        this.#cluster.bus.serve(nodeId, (method, body) => this.#ask(id, [method, body])),
      ),
    'bus.listens': (nodeId: string) => this.#cluster.bus.listens(nodeId),
    'tokens.use': (id: string, expiresAt: number) => this.#cluster.tokens.use(id, expiresAt),
    'streams.append': (stream: string, body: unknown, capacity?: number) =>
      this.#cluster.streams.append(stream, body, capacity),
    'streams.consume': (id: number, stream: string, group: string) =>
      this.#keep(
        id,
        this.#cluster.streams.consume(stream, group, async (entry: StreamEntry) => void (await this.#ask(id, [entry]))),
      ),
  };

  #events(id: number): (value: unknown) => void {
    return (value) => this.#post({ event: id, value });
  }

  #gaps(id: number): () => void {
    return () => this.#post({ gap: id });
  }

  async #keep(id: number, begun: Promise<Unsubscribe>): Promise<void> {
    this.#stops.set(id, await begun);
  }

  #ask(handler: number, args: unknown[]): Promise<unknown> {
    const ask = ++this.#asks;
    return new Promise((resolve, reject) => {
      this.#asked.set(ask, { resolve, reject });
      this.#post({ ask, handler, args });
    });
  }
}
