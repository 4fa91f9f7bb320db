import type { MediaNode, MediaNodeEvent } from '@waterbus/media-host';
import { CodedError, type ConsumerLayers, type ParticipantQuality, type VideoCodec } from '@waterbus/protocol';
import type { Limits } from '../../limits.js';
import type { TokenBucket } from '../../time/token-bucket.js';
import type { MediaDirectory } from '../nodes/media-directory.js';
import type { MediaOwners, OwnedMedia, ReportedQuality } from '../nodes/media-owners.js';
import { Leaving } from './leaving.js';
import { type ClientQuality, type MeasuredMinute, mergedReport } from './measured-minute.js';
import type { MediaOwner } from './media-owner.js';
import { NodeQueues } from './node-queues.js';
import type { Direction, MediaHandover, OwnConsumer, OwnProducer, OwnTransport } from './own-media.js';
import { AnnouncedQuality } from './qualities.js';

/**
 * All open media of one participant on media nodes. Its operations are in `transports`,
 * `publishing` and `subscribing`.
 */
export class ParticipantMedia implements OwnedMedia {
  readonly transports = new Map<string, OwnTransport>();
  readonly producers = new Map<string, OwnProducer>();
  readonly consumers = new Map<string, OwnConsumer>();
  /**
   * Producers that a media node may have created although the answer was lost, with their
   * transports.
   */
  readonly unsure = new Map<string, string>();
  private readonly leaving = new Leaving();
  /** Video codecs that the client decodes, once it has sent its capabilities. */
  decodes: VideoCodec[] | undefined;
  /** Limits the client's preferences. */
  preferenceBucket: TokenBucket | undefined;
  /** Figures since the last reading; undefined before the joining, and if a former home had none. */
  minute: MeasuredMinute | undefined;
  private readonly quality = new AnnouncedQuality();
  private readonly queues: NodeQueues;

  constructor(
    readonly owner: MediaOwner,
    readonly directory: MediaDirectory,
    readonly limits: Limits,
    private readonly owners: MediaOwners,
  ) {
    this.queues = new NodeQueues(directory);
  }

  get roomId(): string {
    return this.owner.roomId;
  }

  get closed(): boolean {
    return this.queues.closed;
  }

  /** Runs work on a media node, in its turn. */
  on<T>(mediaNodeId: string, direction: Direction, work: (node: MediaNode) => Promise<T>): Promise<T> {
    return this.queues.run(mediaNodeId, direction, work);
  }

  /** Media nodes that this participant uses or has requested. */
  mediaNodeIds(): Set<string> {
    const used = [...this.transports.values()].map(({ mediaNodeId }) => mediaNodeId);
    return new Set([...this.queues.mediaNodeIds(), ...used]);
  }

  sendsThrough(mediaNodeId: string): boolean {
    return [...this.transports.values()].some((own) => own.direction === 'send' && own.mediaNodeId === mediaNodeId);
  }

  transport(transportId: string): OwnTransport {
    return this.transports.get(transportId) ?? absent('transport.not_found');
  }

  producer(producerId: string): OwnProducer {
    return this.producers.get(producerId) ?? absent('producer.not_found');
  }

  consumer(consumerId: string): OwnConsumer {
    return this.consumers.get(consumerId) ?? absent('consumer.not_found');
  }

  addTransport(transport: OwnTransport): void {
    this.keepTransport(transport);
    // It may replace a lost one; the room must not see its quality as lost.
    this.owners.announceQuality(this);
  }

  /**
   * Asks the client to send elsewhere; it may have moved already, or be unable to. Ignores frequent
   * requests, of any node.
   */
  leave(transportId: string, now: number): void {
    if (this.transports.get(transportId)?.direction !== 'send') return;
    this.leaving.begin(transportId, now);
    this.owner.emit('transport.leave', { transportId });
  }

  /** The media node on which this participant must not publish again while it is leaving. */
  get leavingNode(): string | undefined {
    const { transportId } = this.leaving;
    return transportId === undefined ? undefined : this.transports.get(transportId)?.mediaNodeId;
  }

  /**
   * Announces the codecs to the room: publishers choose their codecs by them. The first answer is
   * kept, because a device does not change its decoders, and each change costs publishers an
   * encoder.
   */
  announceCodecs(decodes: VideoCodec[]): void {
    if (this.decodes || decodes.length === 0) return;
    this.decodes = decodes;
    const { owner } = this;
    owner
      .change({ type: 'participant.updated', participantId: owner.participantId, decodes })
      .catch((error) => owner.failed('codecs not announced', error));
  }

  reportQuality({ transportId, quality, limitation, unintelligible }: ReportedQuality): void {
    const transport = this.transports.get(transportId);
    if (!transport) return;
    transport.quality = { quality, limitation };
    transport.unintelligible = unintelligible?.slice();
  }

  /** The client's own figures, for the next reading. */
  reportClient(report: ClientQuality): void {
    if (this.minute) this.minute.report = mergedReport(this.minute.report, report);
  }

  /** The quality of a hidden participant is sent to its own client only. */
  changedQuality(): ParticipantQuality | undefined {
    const quality = this.quality.change(this.transports.values(), this.consumers.values());
    if (!quality) return undefined;
    const { participantId, hidden } = this.owner;
    if (!hidden) return { participantId, ...quality };
    // A client that sends nothing has no other sign that it is not received.
    this.owner.emitLive('quality', { participants: [{ participantId, ...quality }] });
    return undefined;
  }

  addConsumer(consumer: OwnConsumer): void {
    this.consumers.set(consumer.id, consumer);
    this.owners.add(consumer.id, this);
  }

  forgetConsumer(consumerId: string): void {
    this.consumers.delete(consumerId);
    this.owners.remove(consumerId);
  }

  /** Forgets a transport with all its streams; returns its producers. */
  forgetTransport(transportId: string): OwnProducer[] {
    const gone = this.dropTransport(transportId);
    // It may have been the worst, and the others are good.
    this.owners.announceQuality(this);
    return gone;
  }

  /** Removes producers from the room. */
  async removeFromRoom(producers: OwnProducer[]): Promise<void> {
    for (const { producer } of producers) {
      await this.owner.change({
        type: 'producer.removed',
        participantId: this.owner.participantId,
        producerId: producer.id,
      });
    }
  }

  /** Handles a media node's event about an object of this participant. */
  handle(mediaNodeId: string, event: MediaNodeEvent): void {
    switch (event.type) {
      case 'transport.closed': {
        const gone = this.forgetTransport(event.transportId);
        this.owner.emit('transport.closed', { transportId: event.transportId, reason: event.reason });
        this.removeFromRoom(gone).catch((error) => this.owner.failed('producers not removed', error));
        return;
      }
      case 'consumer.closed':
        if (!this.consumers.has(event.consumerId)) return;
        this.forgetConsumer(event.consumerId);
        this.owner.emit('consumer.closed', { consumerId: event.consumerId, reason: event.reason });
        return;
      case 'consumer.layers':
        this.layersChanged(event.consumers);
        return;
      case 'producer.wanted': {
        const { producerId, spatial } = event;
        const own = this.producers.get(producerId);
        if (own) own.wanted = spatial;
        // Also for a producer not yet in the room: the transport is this participant's.
        this.owner.emitLive('producer.wanted', { producerId, spatial });
        return;
      }
      case 'producer.silent':
      case 'producer.flowing': {
        const own = this.producers.get(event.producerId);
        if (!own) return;
        own.silent = event.type === 'producer.silent';
        this.owner.emitLive('producer.arriving', { producerId: event.producerId, arriving: !own.silent });
        return;
      }
      case 'lost':
        this.lost(mediaNodeId);
        return;
      case 'producer.closed':
      case 'transport.state':
      case 'router.quality':
        return;
    }
  }

  /** Sends the current state of the media, as reported by media nodes, to a client that resumes. */
  present(): void {
    const consumers = [...this.consumers.values()].flatMap(({ layers }) => layers ?? []);
    if (consumers.length > 0) this.owner.emitLive('consumer.layers', { consumers });
    for (const { producer, wanted, silent } of this.producers.values()) {
      const producerId = producer.id;
      if (wanted !== undefined) this.owner.emitLive('producer.wanted', { producerId, spatial: wanted });
      if (silent) this.owner.emitLive('producer.arriving', { producerId, arriving: false });
    }
  }

  /** Closes everything, after the work under way. */
  async close(): Promise<void> {
    this.queues.closed = true;
    const transports = [...this.transports.values()];
    for (const { id } of transports) this.dropTransport(id);
    await Promise.allSettled(
      transports.map(async ({ id, direction, mediaNodeId }) => {
        await this.queues.settled(mediaNodeId, direction);
        await this.directory.get(mediaNodeId)?.closeTransport(id);
      }),
    );
  }

  /** Hands everything over and forgets it without closing. */
  async release(): Promise<MediaHandover> {
    this.queues.closed = true;
    await this.queues.allSettled();
    const handover = {
      transports: [...this.transports.values()],
      producers: [...this.producers.values()],
      consumers: [...this.consumers.values()],
      decodes: this.decodes,
      minute: this.minute,
    };
    for (const { id } of handover.transports) this.dropTransport(id);
    return handover;
  }

  adopt(handover: MediaHandover): void {
    this.quality.resume(handover.transports, handover.consumers);
    this.decodes = handover.decodes;
    this.minute = handover.minute;
    // Without an announcement: the room knows the quality of all together.
    for (const transport of handover.transports) this.keepTransport(transport);
    for (const producer of handover.producers) this.producers.set(producer.producer.id, producer);
    for (const consumer of handover.consumers) this.addConsumer(consumer);
  }

  private keepTransport(transport: OwnTransport): void {
    this.transports.set(transport.id, transport);
    this.owners.add(transport.id, this);
  }

  private dropTransport(transportId: string): OwnProducer[] {
    this.transports.delete(transportId);
    this.leaving.forget(transportId);
    this.owners.remove(transportId);
    for (const [producerId, through] of this.unsure) if (through === transportId) this.unsure.delete(producerId);
    for (const consumer of [...this.consumers.values()]) {
      if (consumer.transportId === transportId) this.forgetConsumer(consumer.id);
    }
    const gone = [...this.producers.values()].filter((producer) => producer.transportId === transportId);
    for (const { producer } of gone) this.producers.delete(producer.id);
    return gone;
  }

  private layersChanged(changed: readonly ConsumerLayers[]): void {
    const consumers = changed.filter((layers) => {
      const consumer = this.consumers.get(layers.consumerId);
      if (consumer) consumer.layers = layers;
      return consumer !== undefined;
    });
    if (consumers.length > 0) this.owner.emitLive('consumer.layers', { consumers });
  }

  private lost(mediaNodeId: string): void {
    const here = [...this.transports.values()].filter((transport) => transport.mediaNodeId === mediaNodeId);
    for (const { id } of here) this.forgetTransport(id);
    if (here.length > 0 && this.minute) this.minute.isCut = true;
    this.queues.forget(mediaNodeId);
    // Its producers leave the rooms together (R4), so the room is not notified here.
    if (here.length > 0) this.owner.emit('mediaNode.lost', { mediaNodeId });
  }
}

function absent(code: 'transport.not_found' | 'producer.not_found' | 'consumer.not_found'): never {
  throw new CodedError(code);
}
