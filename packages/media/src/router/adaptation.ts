import { Allocator } from '../allocation/allocator.js';
import { Ladder } from '../allocation/ladder.js';
import type { ConsumerPreferences, ConsumerStats, ProducerStats } from '../api/types.js';
import type { Consumer } from '../forwarding/consumer.js';
import type { Producer } from '../forwarding/producer.js';
import type { Transport } from '../transport/transport.js';
import { ArrivalsWatch } from './arrivals-watch.js';
import { Downlink } from './downlink.js';
import { Dynacast } from './dynacast.js';
import type { RouterEnvironment } from './environment.js';
import type { TransportMedia } from './quality-watch.js';

/**
 * Adapts the media of one router to the receivers' tiles and paths: the rates of layers, the
 * allocation for each receiver, and the layers announced to publishers. Runs a few times a second,
 * never for a packet.
 */
export class Adaptation {
  private readonly publications = new Map<Producer, Publication>();
  private readonly allocators = new Map<Consumer, Allocator>();
  private readonly downlinks = new Map<Transport, Allocator>();
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly environment: RouterEnvironment) {}

  get isIdle(): boolean {
    return this.publications.size === 0;
  }

  addProducer(producer: Producer, transportId: string): void {
    this.publications.set(producer, new Publication(producer, transportId));
  }

  removeProducer(producer: Producer): void {
    this.publications.delete(producer);
  }

  /** A producer was paused or resumed. */
  producerChanged(producer: Producer): void {
    const { now } = this.environment;
    this.inform(producer, (allocator) => allocator.changed(now));
  }

  addConsumer(consumer: Consumer, transport: Transport): void {
    const ladder = this.publications.get(consumer.producer)?.ladder;
    if (!ladder) return;
    const { now } = this.environment;
    let allocator = this.downlinks.get(transport);
    if (!allocator) {
      allocator = new Allocator(new Downlink(transport), this.environment.emit);
      this.downlinks.set(transport, allocator);
      transport.media.allocator = allocator;
    }
    this.allocators.set(consumer, allocator);
    allocator.add(consumer, ladder, now);
    this.wantedChanged(consumer, now);
  }

  removeConsumer(consumer: Consumer): void {
    const allocator = this.allocators.get(consumer);
    if (!allocator) return;
    this.allocators.delete(consumer);
    allocator.remove(consumer, this.environment.now);
    this.wantedChanged(consumer, this.environment.now);
  }

  /** The faults in a transport's media. */
  mediaOf(transport: Transport): TransportMedia {
    const { now } = this.environment;
    const media = { expectedProducers: 0, silentProducers: 0, hasLessLayers: false, satisfaction: 1 };
    for (const producer of transport.producers) {
      const publication = this.publications.get(producer);
      if (!publication?.isExpected) continue;
      media.expectedProducers++;
      if (publication.isSilent) media.silentProducers++;
      media.hasLessLayers ||= publication.hasLessLayers(now);
    }
    media.satisfaction = this.downlinks.get(transport)?.satisfaction ?? 1;
    return media;
  }

  producerStats(producer: Producer): Partial<ProducerStats> {
    return this.publications.get(producer)?.stats(this.environment.now) ?? {};
  }

  consumerStats(consumer: Consumer): Partial<ConsumerStats> {
    return this.allocators.get(consumer)?.stats(consumer) ?? {};
  }

  /**
   * The transport is about to end: the bandwidth that its consumers release serves no other
   * receiver.
   */
  removeTransport(transport: Transport): void {
    this.downlinks.get(transport)?.close();
    this.downlinks.delete(transport);
  }

  /** A consumer was paused or resumed. */
  consumerChanged(consumer: Consumer): void {
    const { now } = this.environment;
    const allocator = this.allocators.get(consumer);
    if (consumer.paused) allocator?.changed(now);
    else allocator?.resumed(consumer, now);
    this.wantedChanged(consumer, now);
  }

  prefer(consumer: Consumer, preferences: ConsumerPreferences): void {
    const { now } = this.environment;
    this.allocators.get(consumer)?.prefer(consumer, preferences, now);
    this.wantedChanged(consumer, now);
  }

  advance(now: number): void {
    for (const publication of this.publications.values()) {
      if (!publication.refresh(now)) continue;
      this.inform(publication.producer, (allocator) => allocator.ratesChanged(now));
    }
    // Iterates keys, because entries and closures would be objects for each receiver of each look.
    for (const transport of this.downlinks.keys()) {
      try {
        this.downlinks.get(transport)!.advance(now);
      } catch (error) {
        this.environment.fail(transport.session, error);
      }
    }
    const sweeps = now - this.sweptAt >= SWEEP_INTERVAL;
    if (sweeps) this.sweptAt = now;
    for (const publication of this.publications.values()) {
      if (sweeps || publication.isUnsettled) this.updateWanted(publication, now);
      if (sweeps) this.watch(publication, now);
    }
  }

  /** Notifies the allocators of all consumers of a producer. */
  private inform(producer: Producer, inform: (allocator: Allocator) => void): void {
    for (const consumer of producer.consumers) {
      const allocator = this.allocators.get(consumer);
      if (allocator) this.guard(consumer.transport.session, () => inform(allocator));
    }
  }

  /** An error in one receiver's allocation ends its transport, and no other. */
  private guard(session: number, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.environment.fail(session, error);
    }
  }

  /**
   * If a consumer wants more, its publisher is notified at once; if it wants less, that can wait
   * for the next sweep.
   */
  private wantedChanged(consumer: Consumer, now: number): void {
    const publication = this.publications.get(consumer.producer);
    if (!publication) return;
    publication.isStale = true;
    if ((this.allocators.get(consumer)?.reach(consumer) ?? -1) > publication.announced)
      this.updateWanted(publication, now);
  }

  private updateWanted(publication: Publication, now: number): void {
    const { producer, transportId } = publication;
    publication.isStale = false;
    if (!publication.ladder) return;
    let wanted = -1;
    for (const consumer of producer.consumers) {
      wanted = Math.max(wanted, this.allocators.get(consumer)?.reach(consumer) ?? -1);
    }
    const spatial = publication.announce(wanted, now);
    if (spatial === undefined) return;
    this.environment.emit({ type: 'producer.wanted', transportId, producerId: producer.id, spatial });
  }

  private watch(publication: Publication, now: number): void {
    const type = publication.watch(now);
    if (!type) return;
    const { transportId, producer } = publication;
    this.environment.emit({ type, transportId, producerId: producer.id });
  }
}

/** The state kept for a producer. */
class Publication {
  /** Of video only. */
  readonly ladder: Ladder | undefined;
  /** The wanted layers may have changed. */
  isStale = false;
  private readonly dynacast = new Dynacast();
  private readonly arrivals = new ArrivalsWatch();

  constructor(
    readonly producer: Producer,
    readonly transportId: string,
  ) {
    if (producer.kind === 'video') this.ladder = new Ladder(producer.layers);
  }

  get isUnsettled(): boolean {
    return this.isStale || this.dynacast.isLowering;
  }

  get announced(): number {
    return this.dynacast.announced;
  }

  /** Whether it is neither paused nor unwanted. */
  get isExpected(): boolean {
    return !this.producer.paused && this.dynacast.isWanted;
  }

  get isSilent(): boolean {
    return this.arrivals.isSilent;
  }

  /** Whether a layer that arrived lately and is wanted does not arrive now. */
  hasLessLayers(now: number): boolean {
    const { ladder } = this;
    if (!ladder?.hasMedia) return false;
    const top = ladder.spatial.at(-1)!;
    return ladder.seenAt.some((at, spatial) => spatial > top && spatial <= this.announced && now - at < LAYER_LIFETIME);
  }

  stats(now: number): Partial<ProducerStats> {
    const { layers, kind } = this.producer;
    if (kind === 'audio') return { silent: this.isSilent };
    const top = layers.spatialLayers - 1;
    return {
      silent: this.isSilent,
      wantedSpatialLayer: Math.min(this.announced, top),
      layers: Array.from({ length: layers.spatialLayers }, (_, spatial) => ({
        bitrate: Math.round(layers.bitrate(spatial, layers.temporalLayers - 1, now)),
        frameWidth: layers.width(spatial),
        frameHeight: layers.height(spatial),
      })),
    };
  }

  /** Answers whether its layers or their rates have changed. */
  refresh(now: number): boolean {
    return this.producer.consumers.size > 0 && (this.ladder?.refresh(now) ?? false);
  }

  /** `wanted`: the highest spatial layer. Answers the layer to announce, if any. */
  announce(wanted: number, now: number): number | undefined {
    return this.dynacast.update(wanted, this.producer.layers.spatialLayers - 1, now);
  }

  watch(now: number): ReturnType<ArrivalsWatch['update']> {
    const { producer } = this;
    let arrivals = 0;
    for (const stream of producer.streams) {
      if (stream) arrivals += stream.statistics.totalPackets + Math.max(0, stream.reportedAt);
    }
    return this.arrivals.update(arrivals, this.isExpected, now);
  }
}

/** Milliseconds between two checks of the wanted and arriving layers. */
const SWEEP_INTERVAL = 1000;
/**
 * Milliseconds: after this time a missing layer does not count as lost to the path. Its camera may
 * have been replaced by one with a smaller picture.
 */
const LAYER_LIFETIME = 30_000;
