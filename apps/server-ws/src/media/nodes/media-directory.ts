import type { Cluster, Lease, NodeEndpoint, NodeEvent, NodeRecord, Unsubscribe } from '@waterbus/cluster';
import type { HostedMediaNode, Logger, MediaHost, MediaNode } from '@waterbus/media-host';
import { Candidates } from '../../placement/candidates.js';
import type { Refusals } from '../../refusals.js';
import { insideEndpoints } from './inside-endpoints.js';
import { LocalMediaNode } from './local-media-node.js';
import { publishMediaEvents } from './media-calls.js';
import { MediaNodeChanges } from './media-node-changes.js';
import { RemoteMediaNode } from './remote-media-node.js';

/**
 * All media nodes of the cluster by id: those of this process, leased here, and those of others,
 * over the bus.
 */
export class MediaDirectory {
  /** For placement: the nodes' reports, kept up to date here. */
  readonly candidates = new Candidates();
  readonly changes = new MediaNodeChanges();
  private readonly locals = new Map<string, { node: LocalMediaNode; lease: Promise<Lease> }>();
  private readonly remotes = new Map<string, RemoteMediaNode>();
  private stopHost: Unsubscribe = () => {};
  /** Whether the nodes of this process drain. */
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

  /** The nodes of this process, for which it answers media calls. */
  localNodes(): LocalMediaNode[] {
    return [...this.locals.values()].map(({ node }) => node);
  }

  /** The media nodes of other processes. */
  remoteNodes(): RemoteMediaNode[] {
    return [...this.remotes.values()];
  }

  /** Media nodes that accept no new work (R10). */
  drainingNodes(): string[] {
    return [...this.candidates.all.values()].flatMap(({ id, draining }) => (draining ? [id] : []));
  }

  /** The Server WS node that a media node belongs to, and its addresses for other servers. */
  placeOf(mediaNodeId: string): { ownerId: string | undefined; endpoints: readonly NodeEndpoint[] } {
    const local = this.locals.get(mediaNodeId)?.node;
    if (local) return { ownerId: this.nodeId, endpoints: insideEndpoints(local.endpoints()) };
    const remote = this.remotes.get(mediaNodeId);
    return { ownerId: remote?.ownerId, endpoints: remote?.endpoints() ?? [] };
  }

  /** Number of transports on the nodes of this process, of any asker. */
  localTransports(): number {
    return [...this.locals.values()].reduce((sum, { node }) => sum + node.used, 0);
  }

  /** Owners of media nodes (Server WS nodes) that are silent. */
  silentOwners(): string[] {
    return [...this.remotes.values()].filter(({ silent }) => silent).map(({ ownerId }) => ownerId);
  }

  /**
   * The owner's media nodes accept nothing new while it is silent, and their users are notified at
   * once.
   */
  ownerSilent(ownerId: string, silent: boolean): void {
    for (const node of this.remotes.values()) {
      if (node.ownerId !== ownerId || node.silent === silent) continue;
      this.logger.warn(
        { mediaNodeId: node.id, nodeId: ownerId, silent },
        'owner of a media node silent, or not any more',
      );
      const before = node.draining;
      node.silent = silent;
      this.reportRemote(node);
      if (before !== node.draining) this.changes.notifyDraining(node.id, node.draining, silent);
    }
  }

  /** Must be called for every change of the cluster's nodes. */
  async nodeChanged({ type, node }: NodeEvent): Promise<void> {
    if (type === 'down' && node.kind === 'ws') await this.closeTransportsOf(node.id);
    if (node.kind !== 'media') return;
    if (type === 'down') this.removeRemote(node.id);
    else await this.addRemote(node);
  }

  /**
   * Reports to the cluster the load of the nodes of this process, and whether they accept new work.
   */
  async report(draining = this.draining): Promise<void> {
    if (draining !== this.draining) {
      this.draining = draining;
      for (const mediaNodeId of this.locals.keys()) {
        this.candidates.drain(mediaNodeId, draining);
        this.changes.notifyDraining(mediaNodeId, draining);
      }
    }
    await Promise.all(
      [...this.locals.values()].map(async ({ node, lease }) =>
        (await lease).update({ draining, load: { ...node.load() }, endpoints: insideEndpoints(node.endpoints()) }),
      ),
    );
  }

  /** Must be called once each report interval: placement uses the loads read here. */
  readLoads(): void {
    for (const node of this.localNodes()) this.reportLocal(node);
    this.candidates.interval((id) => this.remotes.get(id)?.load());
  }

  async close(): Promise<void> {
    this.stopHost();
    for (const remote of this.remotes.values()) remote.close();
    await Promise.allSettled([...this.locals.values()].map(async ({ lease }) => (await lease).release()));
  }

  private addLocal(worker: HostedMediaNode): void {
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
      endpoints: insideEndpoints(node.endpoints()),
    };
    const lease = this.cluster.nodes.register(record);
    lease.catch((error) =>
      this.logger.error({ mediaNodeId: node.id, error: String(error) }, 'media node not registered'),
    );
    this.locals.set(node.id, { node, lease });
    this.reportLocal(node);
    node.onEvent((event) => this.changes.emit(node.id, event));
    publishMediaEvents(node, this.cluster.bus, (error) =>
      this.logger.warn({ mediaNodeId: node.id, error: String(error) }, 'media event not published'),
    );
    this.changes.arrived();
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
    // A media node without an owner cannot be called.
    if (record.ownerId === this.nodeId || record.ownerId === undefined) return;
    const known = this.remotes.get(record.id);
    if (known) {
      const before = known.draining;
      known.update(record);
      this.reportRemote(known);
      if (before !== known.draining) this.changes.notifyDraining(record.id, known.draining);
      return;
    }
    const node = await RemoteMediaNode.open(record, this.cluster.bus, this.nodeId, this.refusals);
    if (this.remotes.has(record.id)) return node.close();
    this.remotes.set(record.id, node);
    this.reportRemote(node);
    node.onEvent((event) => this.changes.emit(node.id, event));
    if (record.draining) this.changes.notifyDraining(record.id, true);
    this.changes.arrived();
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

  private reportLocal(node: LocalMediaNode): void {
    const load = node.load();
    const transports = Math.max(load.transports, node.used);
    this.candidates.update(node.id, { local: true, draining: this.draining, load: { ...load, transports } });
  }

  private reportRemote(node: RemoteMediaNode): void {
    this.candidates.update(node.id, { local: false, draining: node.draining, load: node.load() });
  }
}
