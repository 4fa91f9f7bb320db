import type { Cluster, Lease, NodeEvent, NodeRecord, Unsubscribe } from '@waterbus/cluster';
import type { Logger, MediaHost, MediaNode, MediaNodeEvent } from '@waterbus/media-host';
import { Candidates } from '../placement/candidates.js';
import type { Refusals } from '../refusals.js';
import { LocalMediaNode } from './local-media-node.js';
import { publishMediaEvents } from './media-service.js';
import { RemoteMediaNode } from './remote-media-node.js';

/** All media nodes of the cluster by id: those of this process, leased here, and those of others, over the bus. */
export class MediaDirectory {
  /** For placement: what their reports say, kept up to date here. */
  readonly candidates = new Candidates();
  private readonly locals = new Map<string, { node: LocalMediaNode; lease: Promise<Lease> }>();
  private readonly remotes = new Map<string, RemoteMediaNode>();
  private readonly listeners = new Set<(mediaNodeId: string, event: MediaNodeEvent) => void>();
  private readonly arrivals = new Set<() => void>();
  private readonly drainListeners = new Set<(mediaNodeId: string, draining: boolean, urgent: boolean) => void>();
  private stopHost: Unsubscribe = () => {};
  /** Of the nodes of this process. */
  private draining = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly host: MediaHost,
    private readonly nodeId: string,
    private readonly logger: Logger,
    private readonly refusals: Refusals,
  ) {}

  async start(): Promise<void> {
    this.stopHost = this.host.onChange((change) => {
      if (change.type === 'added') this.addLocal(change.node);
      else this.removeLocal(change.node.id);
    });
    for (const node of this.host.nodes()) this.addLocal(node);
    await Promise.all([...this.locals.values()].map((local) => local.lease));
    for (const record of await this.cluster.nodes.list('media')) await this.addRemote(record);
  }

  get(mediaNodeId: string): MediaNode | undefined {
    return this.locals.get(mediaNodeId)?.node ?? this.remotes.get(mediaNodeId);
  }

  local(mediaNodeId: string): LocalMediaNode | undefined {
    return this.locals.get(mediaNodeId)?.node;
  }

  remote(mediaNodeId: string): RemoteMediaNode | undefined {
    return this.remotes.get(mediaNodeId);
  }

  /** The nodes of this process, whose media it answers for. */
  localNodes(): LocalMediaNode[] {
    return [...this.locals.values()].map(({ node }) => node);
  }

  /** Media nodes that take no new work (R10). */
  drainingNodes(): string[] {
    return [...this.candidates.all.values()].flatMap(({ id, draining }) => (draining ? [id] : []));
  }

  /** Transports on the nodes of this process, whoever opened them. */
  localTransports(): number {
    return [...this.locals.values()].reduce((sum, { node }) => sum + node.used, 0);
  }

  /** Server WS nodes that speak for media nodes and are not heard. */
  silentOwners(): string[] {
    return [...this.remotes.values()].filter(({ silent }) => silent).map(({ ownerId }) => ownerId);
  }

  /** Its media nodes take nothing new while it is silent, and whoever uses them is told at once. */
  ownerSilent(ownerId: string, silent: boolean): void {
    for (const node of this.remotes.values()) {
      if (node.ownerId !== ownerId || node.silent === silent) continue;
      this.logger.warn({ mediaNodeId: node.id, nodeId: ownerId, silent }, 'owner of a media node heard, or not');
      const before = node.draining;
      node.silent = silent;
      this.heardRemote(node);
      if (before !== node.draining) this.tellDraining(node.id, node.draining, silent);
    }
  }

  /**
   * Told when a media node, here or elsewhere, begins to drain or goes on after all. `urgent`: nobody knows for how long it still works.
   */
  onDraining(listener: (mediaNodeId: string, draining: boolean, urgent: boolean) => void): Unsubscribe {
    this.drainListeners.add(listener);
    return () => this.drainListeners.delete(listener);
  }

  /** Resolves when the next media node has come up. */
  arrival(): { arrived: Promise<void>; cancel(): void } {
    let cancel = () => {};
    const arrived = new Promise<void>((resolve) => {
      this.arrivals.add(resolve);
      cancel = () => this.arrivals.delete(resolve);
    });
    return { arrived, cancel };
  }

  onEvent(listener: (mediaNodeId: string, event: MediaNodeEvent) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** To be told of every change of the cluster's nodes. */
  async nodeChanged({ type, node }: NodeEvent): Promise<void> {
    if (type === 'down' && node.kind === 'ws') await this.closeTransportsOf(node.id);
    if (node.kind !== 'media') return;
    if (type === 'down') this.removeRemote(node.id);
    else await this.addRemote(node);
  }

  /** Tells the cluster how busy the nodes of this process are, and whether they take new work. */
  async report(draining = this.draining): Promise<void> {
    if (draining !== this.draining) {
      this.draining = draining;
      for (const mediaNodeId of this.locals.keys()) {
        this.candidates.drain(mediaNodeId, draining);
        this.tellDraining(mediaNodeId, draining);
      }
    }
    await Promise.all(
      [...this.locals.values()].map(async ({ node, lease }) =>
        (await lease).update({ draining, load: { ...node.load() } }),
      ),
    );
  }

  /** To be called once each report interval: what the nodes say now is what placement counts with. */
  readLoads(): void {
    for (const node of this.localNodes()) this.heardLocal(node);
    this.candidates.interval((id) => this.remotes.get(id)?.load());
  }

  async close(): Promise<void> {
    this.stopHost();
    for (const remote of this.remotes.values()) remote.close();
    await Promise.allSettled([...this.locals.values()].map(async ({ lease }) => (await lease).release()));
  }

  private addLocal(worker: MediaNode): void {
    if (this.locals.has(worker.id)) return;
    const mediaNodeId = worker.id;
    const node = new LocalMediaNode(
      worker,
      this.nodeId,
      (method, error) => this.refusals.count('busFailed', { mediaNodeId, method, error: String(error) }),
      (account) => this.refusals.count('transportsRefused', { mediaNodeId, account }),
    );
    const record: NodeRecord = {
      id: node.id,
      kind: 'media',
      ownerId: this.nodeId,
      draining: this.draining,
      load: { ...node.load() },
    };
    const lease = this.cluster.nodes.register(record);
    lease.catch((error) =>
      this.logger.error({ mediaNodeId: node.id, error: String(error) }, 'media node not registered'),
    );
    this.locals.set(node.id, { node, lease });
    this.heardLocal(node);
    node.onEvent((event) => this.tell(node.id, event));
    publishMediaEvents(node, this.cluster.bus, (error) =>
      this.logger.warn({ mediaNodeId: node.id, error: String(error) }, 'media event not published'),
    );
    this.arrived();
  }

  private removeLocal(mediaNodeId: string): void {
    const local = this.locals.get(mediaNodeId);
    if (!local) return;
    this.locals.delete(mediaNodeId);
    this.candidates.remove(mediaNodeId);
    const failed = (error: unknown) =>
      this.logger.warn({ mediaNodeId, error: String(error) }, 'lost media node not removed');
    local.lease.then((lease) => lease.release()).catch(failed);
    this.cluster.rooms.removeNode(mediaNodeId).catch(failed);
  }

  private async addRemote(record: NodeRecord): Promise<void> {
    // Of one without an owner nobody can be asked.
    if (record.ownerId === this.nodeId || record.ownerId === undefined) return;
    const known = this.remotes.get(record.id);
    if (known) {
      const before = known.draining;
      known.update(record);
      this.heardRemote(known);
      if (before !== known.draining) this.tellDraining(record.id, known.draining);
      return;
    }
    const node = await RemoteMediaNode.open(record, this.cluster.bus, this.nodeId, this.refusals);
    if (this.remotes.has(record.id)) return node.close();
    this.remotes.set(record.id, node);
    this.heardRemote(node);
    node.onEvent((event) => this.tell(node.id, event));
    if (record.draining) this.tellDraining(record.id, true);
    this.arrived();
  }

  private removeRemote(mediaNodeId: string): void {
    const node = this.remotes.get(mediaNodeId);
    this.remotes.delete(mediaNodeId);
    this.candidates.remove(mediaNodeId);
    node?.lost('its lease has ended');
  }

  private async closeTransportsOf(nodeId: string): Promise<void> {
    await Promise.all([...this.locals.values()].map(({ node }) => node.closeTransportsOf(nodeId)));
  }

  private heardLocal(node: LocalMediaNode): void {
    const load = node.load();
    const transports = Math.max(load.transports, node.used);
    this.candidates.heard(node.id, { local: true, draining: this.draining, load: { ...load, transports } });
  }

  private heardRemote(node: RemoteMediaNode): void {
    this.candidates.heard(node.id, { local: false, draining: node.draining, load: node.load() });
  }

  private tellDraining(mediaNodeId: string, draining: boolean, urgent = false): void {
    for (const listener of [...this.drainListeners]) listener(mediaNodeId, draining, urgent);
  }

  private arrived(): void {
    for (const resolve of this.arrivals) resolve();
    this.arrivals.clear();
  }

  private tell(mediaNodeId: string, event: MediaNodeEvent): void {
    for (const listener of [...this.listeners]) listener(mediaNodeId, event);
  }
}
