import { Allocator } from '../allocation/allocator.js';
import type { ConsumerPreferences, ConsumerStats, ProducerStats } from '../api/types.js';
import type { Consumer } from '../forwarding/consumer.js';
import type { Producer } from '../forwarding/producer.js';
import type { Transport } from '../transport/transport.js';
import { Downlink } from './downlink.js';
import type { RouterEnvironment } from './environment.js';
import type { Publication } from './publication.js';
import type { TransportMedia } from './quality-watch.js';

/**
 * Adapts the media of one router to the receivers' tiles and paths: the rates of layers, the
 * allocation for each receiver, and the layers announced to publishers. Runs a few times a second,
 * never for a packet.
 */
export class Adaptation {
  private readonly allocators = new Map<Consumer, Allocator>();
  private readonly downlinks = new Map<Transport, Allocator>();
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(
    /** The router's, by producer id. */
    private readonly publications: ReadonlyMap<string, Publication>,
    private readonly environment: RouterEnvironment,
  ) {}

  /** A producer was paused or resumed. */
  producerChanged(publication: Publication): void {
    const { now } = this.environment;
    this.inform(publication, (allocator) => allocator.changed(now));
  }

  addConsumer(consumer: Consumer, transport: Transport): void {
    const ladder = this.publications.get(consumer.source.id)?.ladder;
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
      const publication = this.publications.get(producer.id);
      if (!publication?.isExpected) continue;
      media.expectedProducers++;
      if (publication.isSilent) media.silentProducers++;
      media.hasLessLayers ||= publication.hasLessLayers(now);
    }
    media.satisfaction = this.downlinks.get(transport)?.satisfaction ?? 1;
    return media;
  }

  producerStats(producer: Producer): Partial<ProducerStats> {
    return this.publications.get(producer.id)?.stats(this.environment.now) ?? {};
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
      this.inform(publication, (allocator) => allocator.ratesChanged(now));
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
  private inform(publication: Publication, inform: (allocator: Allocator) => void): void {
    for (const consumer of publication.consumers) {
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
    const publication = this.publications.get(consumer.source.id);
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
    for (const consumer of publication.consumers) {
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

/** Milliseconds between two checks of the wanted and arriving layers. */
const SWEEP_INTERVAL = 1000;
