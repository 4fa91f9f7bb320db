import {
  type ConsumeRequest,
  type FillSectionRequest,
  type ForwardingWeights,
  type HostedMediaNode,
  type MediaHost,
  type MediaNode,
  MediaNodeError,
  type MediaNodeEvent,
  type MediaNodeLoad,
  type OpenPipeRequest,
  type ProduceRequest,
  type RouterOptions,
} from '@waterbus/media-host';

export type PathTotals = Awaited<ReturnType<MediaNode['pathTotals']>>[number];
type ConsumerPreferences = Parameters<MediaNode['setConsumerPreferences']>[1];

/** A media node that keeps records instead of forwarding packets. */
export class FakeMediaNode implements HostedMediaNode {
  readonly routers = new Set<string>();
  /** By router: the number of sounds that it forwards at once. */
  readonly loudest = new Map<string, number>();
  readonly transports = new Map<string, string>();
  readonly producers = new Map<string, ProduceRequest>();
  readonly consumers = new Map<string, ConsumeRequest>();
  readonly framesDropped = new Map<string, number>();
  readonly preferences = new Map<string, ConsumerPreferences>();
  readonly calls: string[] = [];
  /** Producers that no receiver can decode. */
  readonly undecodable = new Set<string>();
  cpu = 0;
  isLost = false;
  /** Awaited before each call completes. */
  hold: Promise<void> = Promise.resolve();
  private readonly listeners = new Set<(event: MediaNodeEvent) => void>();

  constructor(readonly id: string) {}

  async openRouter(routerId: string, options?: RouterOptions) {
    await this.arrived('openRouter');
    this.routers.add(routerId);
    if (options) this.loudest.set(routerId, options.loudest);
    return { codecs: [], headerExtensions: [] };
  }

  async closeRouter(routerId: string) {
    await this.arrived('closeRouter');
    this.routers.delete(routerId);
    for (const [id, owner] of this.transports) if (owner === routerId) await this.closeTransport(id);
  }

  async openTransport({ routerId, transportId }: { routerId: string; transportId: string }) {
    await this.arrived('openTransport');
    if (!this.routers.has(routerId)) throw new MediaNodeError('not-found', `no router ${routerId}`);
    this.transports.set(transportId, routerId);
    return {
      id: transportId,
      iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
      iceCandidates: ANNOUNCED.map((address) => ({
        ...{ foundation: address, priority: 1, ip: address, address, port: 40_000 },
        ...{ protocol: 'udp' as const, type: 'host' as const },
      })),
      dtlsParameters: { role: 'auto' as const, fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
    };
  }

  readonly acceptsTcp = true;
  /** By transport, of its client. */
  readonly remoteFragments = new Map<string, string>();

  readonly place = 0;

  figures(): undefined {}

  endpoints() {
    return ANNOUNCED.map((address) => ({ address, port: 40_000 }));
  }

  async connectTransport(transportId: string) {
    await this.arrived('connectTransport');
    if (!this.transports.has(transportId)) throw new MediaNodeError('not-found', `no transport ${transportId}`);
  }

  async restartIce() {
    await this.arrived('restartIce');
    return { usernameFragment: 'u2', password: 'p2', iceLite: true };
  }

  async setRemoteIce(transportId: string, { usernameFragment }: { usernameFragment: string }) {
    await this.arrived('setRemoteIce');
    if (!this.transports.has(transportId)) throw new MediaNodeError('not-found', 'no transport');
    this.remoteFragments.set(transportId, usernameFragment);
  }

  async reportFramesDropped(transportId: string, share: number) {
    await this.arrived('reportFramesDropped');
    if (!this.transports.has(transportId)) throw new MediaNodeError('not-found', 'no transport');
    this.framesDropped.set(transportId, share);
  }

  /** By the near transport: the far one. */
  readonly pipes = new Map<string, string>();

  async openPipe({ near, far }: OpenPipeRequest) {
    await this.arrived('openPipe');
    if (!this.transports.has(near.id)) throw new MediaNodeError('not-found', `no transport ${near.id}`);
    this.pipes.set(near.id, far.id);
    return { role: 'client' as const, fingerprints: [{ algorithm: 'sha-256', value: 'BB' }] };
  }

  async closeTransport(transportId: string) {
    await this.arrived('closeTransport');
    this.dropTransport(transportId);
  }

  async produce(request: ProduceRequest) {
    await this.arrived('produce');
    if (!this.transports.has(request.transportId)) throw new MediaNodeError('not-found', 'no transport');
    this.producers.set(request.producerId, request);
  }

  async pauseProducer(producerId: string) {
    await this.arrived(`pauseProducer ${producerId}`);
  }

  async resumeProducer(producerId: string) {
    await this.arrived(`resumeProducer ${producerId}`);
  }

  async closeProducer(producerId: string) {
    await this.arrived('closeProducer');
    this.producers.delete(producerId);
    for (const [id, consumer] of this.consumers) {
      if (consumer.producerId !== producerId) continue;
      this.consumers.delete(id);
      this.emit({ type: 'consumer.closed', consumerId: id, reason: 'producer-closed' });
    }
  }

  async consume(request: ConsumeRequest) {
    await this.arrived('consume');
    const producer = this.producers.get(request.producerId);
    if (!producer) throw new MediaNodeError('not-found', 'no producer');
    if (this.undecodable.has(request.producerId)) throw new MediaNodeError('cannot-consume', 'no codec in common');
    this.consumers.set(request.consumerId, request);
    return {
      id: request.consumerId,
      producerId: request.producerId,
      kind: producer.kind,
      rtpParameters: producer.rtpParameters,
      producerPaused: producer.paused,
    };
  }

  async fillSection({ section, ...request }: FillSectionRequest) {
    const { rtpParameters: _, ...answer } = await this.consume({ ...request, rtpCapabilities: {}, paused: false });
    return { ...answer, rtpParameters: section };
  }

  async pauseConsumer(consumerId: string) {
    await this.arrived(`pauseConsumer ${consumerId}`);
    const consumer = this.consumers.get(consumerId);
    if (consumer) this.consumers.set(consumerId, { ...consumer, paused: true });
  }

  async resumeConsumer(consumerId: string) {
    await this.arrived(`resumeConsumer ${consumerId}`);
    const consumer = this.consumers.get(consumerId);
    if (consumer) this.consumers.set(consumerId, { ...consumer, paused: false });
  }

  async setConsumerPreferences(consumerId: string, preferences: ConsumerPreferences) {
    await this.arrived('setConsumerPreferences');
    if (!this.consumers.has(consumerId)) throw new MediaNodeError('not-found', 'no consumer');
    this.preferences.set(consumerId, preferences);
  }

  async closeConsumer(consumerId: string) {
    await this.arrived('closeConsumer');
    this.consumers.delete(consumerId);
  }

  transportStats(): never {
    throw new Error('the signalling asks for no statistics');
  }

  async producerStats(id: string) {
    await this.arrived('producerStats');
    const producer = this.producers.get(id);
    if (!producer) throw new MediaNodeError('not-found', 'no producer');
    const consumers = [...this.consumers.values()].filter(({ producerId }) => producerId === id).length;
    return { id, kind: producer.kind, consumers, streams: [] };
  }

  /** By transport; without an entry it is not connected. */
  readonly totals = new Map<string, PathTotals>();

  async pathTotals(transportIds: string[]) {
    await this.arrived('pathTotals');
    return transportIds.flatMap((id) => (this.transports.has(id) ? (this.totals.get(id) ?? []) : []));
  }

  load(): MediaNodeLoad {
    return {
      cpu: this.cpu,
      transports: this.transports.size,
      producers: this.producers.size,
      consumers: this.consumers.size,
      receivedBitsPerSecond: 0,
      sentBitsPerSecond: 0,
      kernelDrops: 0,
      queueDrops: 0,
    };
  }

  forwardingWeights(): ForwardingWeights {
    const weights = new Map<string, number>();
    for (const { producerId, paused } of this.consumers.values()) {
      const producer = this.producers.get(producerId);
      if (!producer || producer.paused || paused) continue;
      weights.set(producer.transportId, (weights.get(producer.transportId) ?? 0) + 1);
    }
    return [...weights];
  }

  onEvent(listener: (event: MediaNodeEvent) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: MediaNodeEvent) {
    for (const listener of this.listeners) listener(event);
  }

  /**
   * As the engine does when a peer vanishes: the objects on the transport first, the transport
   * itself last.
   */
  dropTransport(transportId: string, reason?: 'consent-expired') {
    if (!this.transports.delete(transportId)) return;
    for (const [id, producer] of this.producers) {
      if (producer.transportId !== transportId) continue;
      this.producers.delete(id);
      this.emit({ type: 'producer.closed', producerId: id, reason: 'transport-closed' });
    }
    for (const [id, consumer] of this.consumers) {
      if (consumer.transportId !== transportId && this.producers.has(consumer.producerId)) continue;
      this.consumers.delete(id);
      this.emit({ type: 'consumer.closed', consumerId: id, reason: 'transport-closed' });
    }
    if (reason) this.emit({ type: 'transport.closed', transportId, reason });
  }

  private async arrived(call: string) {
    this.calls.push(call);
    await this.hold;
    if (this.isLost) throw new MediaNodeError('node-lost', `${this.id} is gone`);
  }
}

export class FakeMediaHost implements MediaHost {
  private readonly listeners = new Set<(change: { type: 'added' | 'lost'; node: HostedMediaNode }) => void>();
  private readonly present: FakeMediaNode[];

  constructor(...ids: string[]) {
    this.present = ids.map((id) => new FakeMediaNode(id));
  }

  nodes(): FakeMediaNode[] {
    return [...this.present];
  }

  losses(): number {
    return 0;
  }

  onChange(listener: (change: { type: 'added' | 'lost'; node: HostedMediaNode }) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** As a killed worker: its own event first, then the host's. */
  lose(node: FakeMediaNode) {
    node.isLost = true;
    this.present.splice(this.present.indexOf(node), 1);
    node.emit({ type: 'lost', reason: 'killed by SIGKILL' });
    for (const listener of this.listeners) listener({ type: 'lost', node });
  }

  add(id: string): FakeMediaNode {
    const node = new FakeMediaNode(id);
    this.present.push(node);
    for (const listener of this.listeners) listener({ type: 'added', node });
    return node;
  }

  async close() {}
}

/** A host in the public and in a private network. */
export const ANNOUNCED = ['203.0.113.5', '10.0.0.5', '127.0.0.1'];
