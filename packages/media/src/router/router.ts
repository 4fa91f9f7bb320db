import { DEFAULT_PREFERENCES } from '../allocation/preferences.js';
import { MediaError } from '../api/errors.js';
import type { EngineEvent, TransportCloseReason } from '../api/events.js';
import type {
  ConsumerPreferences,
  ConsumerStats,
  MediaKind,
  ProducerStats,
  RtpCapabilities,
  RtpCodecCapability,
  RtpParameters,
  TransportStats,
} from '../api/types.js';
import { Consumer } from '../forwarding/consumer.js';
import type { FanOut } from '../forwarding/fan-out.js';
import { Producer } from '../forwarding/producer.js';
import { Section } from '../forwarding/section.js';
import { SoundGate } from '../forwarding/sound-gate.js';
import { canConsume, consumerParameters } from '../ortc/consumer-parameters.js';
import { mapProducer } from '../ortc/producer-parameters.js';
import { routerCapabilities } from '../ortc/router-capabilities.js';
import { sectionParameters } from '../ortc/section-parameters.js';
import { RouterSpeakers } from '../speaker/router-speakers.js';
import { Transport } from '../transport/transport.js';
import { Adaptation } from './adaptation.js';
import type { Directory } from './directory.js';
import type { RouterEnvironment } from './environment.js';
import { type PathFigures, PathReadings, type PathTotals } from './path-figures.js';
import { Publication } from './publication.js';
import { QualityReports } from './quality-reports.js';

/**
 * A set of transports whose producers may be consumed by each other. It owns them, their producers
 * and consumers: it opens and ends them, maintains the engine's directory, and emits an event for
 * each object that ended as a consequence. Its callers validate their arguments.
 */
export class Router {
  readonly rtpCapabilities: RtpCapabilities;
  readonly transports = new Set<Transport>();
  /** By producer id. */
  private readonly publications = new Map<string, Publication>();
  private readonly adaptation: Adaptation;
  private readonly qualities: QualityReports;
  private readonly speakers: RouterSpeakers;
  private readonly pathReadings = new PathReadings();
  private nextMid = 0;
  /** Time of the next look-around, milliseconds. */
  private lookAt = Number.POSITIVE_INFINITY;

  constructor(
    readonly id: string,
    /** Its number among the engine's routers. */
    readonly number: number,
    private readonly directory: Directory<Router>,
    private readonly environment: RouterEnvironment,
    options: { mediaCodecs?: readonly RtpCodecCapability[] | undefined; loudest?: number | undefined } = {},
  ) {
    this.rtpCapabilities = routerCapabilities(options.mediaCodecs);
    this.adaptation = new Adaptation(this.publications, environment);
    this.qualities = new QualityReports(id, environment, (transport) => this.adaptation.mediaOf(transport));
    this.speakers = new RouterSpeakers(options.loudest ?? DEFAULT_LOUDEST, environment.speakerTicks, (speakers) =>
      environment.emit({ type: 'router.speakers', routerId: id, speakers }),
    );
  }

  /** How many sounds are forwarded at once; 0: all. */
  setLoudest(count: number): void {
    this.speakers.setLimit(count);
  }

  openTransport(id: string): Transport {
    const session = openSession(this.environment);
    const transport = new Transport(id, session, this.environment, (faulty, reason) =>
      this.endTransport(faulty, reason),
    );
    this.transports.add(transport);
    this.directory.transports.set(id, { router: this, transport });
    this.environment.sessions.add(transport);
    this.qualities.add(transport);
    this.lookBy(nextLook(this.environment.now));
    return transport;
  }

  produce(
    transport: Transport,
    request: { producerId: string; kind: MediaKind; rtpParameters: RtpParameters; paused: boolean },
  ): Producer {
    if (transport.producers.size >= this.environment.limits.producersPerTransport) {
      throw new MediaError('limit-reached', `the transport has ${transport.producers.size} producers`);
    }
    const { producerId, kind, rtpParameters, paused } = request;
    const { encoding, consumable } = mapProducer(kind, rtpParameters, this.rtpCapabilities);
    // Synchronizing sound and picture needs one name for both (RFC 3550 section 6.5.1): without one
    // from the publisher, that of the producers before, else the transport's.
    if (consumable.rtcp!.cname === '') {
      const [sibling] = transport.producers;
      consumable.rtcp!.cname = sibling?.consumableParameters.rtcp?.cname ?? transport.canonicalName;
    }
    const producer = new Producer(
      producerId,
      kind,
      rtpParameters,
      consumable,
      encoding,
      paused,
      transport,
      this.environment,
    );
    transport.addProducer(producer);
    const { clockRate } = encoding;
    const gate =
      kind === 'audio' ? new SoundGate(this.speakers, producerId, clockRate, this.environment.store) : undefined;
    this.publications.set(producerId, new Publication(producer, gate, transport, this.environment));
    this.directory.producers.set(producerId, { router: this, transport, producer });
    return producer;
  }

  /** The unpaused producers with unpaused consumers, and the number of these. */
  forwarding(): { transportId: string; kind: MediaKind; consumers: number }[] {
    return [...this.publications.values()].flatMap(({ producer, transportId, consumers }) => {
      const unpaused = producer.paused ? 0 : [...consumers].filter(({ paused }) => !paused).length;
      return unpaused > 0 ? [{ transportId, kind: producer.kind, consumers: unpaused }] : [];
    });
  }

  canConsume(producer: Producer, rtpCapabilities: RtpCapabilities): boolean {
    return canConsume(producer.consumableParameters, rtpCapabilities);
  }

  consume(
    transport: Transport,
    producer: Producer,
    request: { consumerId: string; rtpCapabilities: RtpCapabilities; paused: boolean },
  ): Consumer {
    const publication = this.consumable(transport, producer);
    if (transport.sections.size > 0)
      throw new MediaError('invalid-parameters', 'the transport has negotiated sections');
    const { consumerId, rtpCapabilities, paused } = request;
    const rtpParameters = consumerParameters(
      producer.consumableParameters,
      rtpCapabilities,
      String(this.nextMid++),
      () => transport.freshSsrc(),
    );
    const consumer = new Consumer(consumerId, publication.fanOut, transport, rtpParameters, paused, this.environment);
    this.addConsumer(consumer, transport, publication.fanOut);
    return consumer;
  }

  /**
   * Forwards a producer in a media section that its receiver has negotiated. The section's consumer
   * before ends when this one starts; one that has not started ends at once.
   */
  fillSection(
    transport: Transport,
    producer: Producer,
    { consumerId, parameters }: { consumerId: string; parameters: RtpParameters },
  ): Consumer {
    const publication = this.consumable(transport, producer);
    const rtpParameters = sectionParameters(producer.consumableParameters, parameters);
    const section = transport.sections.get(parameters.mid!) ?? this.openSection(transport, parameters);
    if (section.current?.source.id === producer.id) {
      throw new MediaError('invalid-parameters', 'the section is filled by this producer');
    }
    if (section.waiting) this.endConsumer(section.waiting, 'replaced');
    const { fanOut } = publication;
    const consumer = new Consumer(consumerId, fanOut, transport, rtpParameters, false, this.environment, section);
    section.waiting = consumer;
    // On a narrow path the next picture comes first.
    if (section.current) this.prefer(section.current, { ...DEFAULT_PREFERENCES, priority: 'very-low' });
    this.addConsumer(consumer, transport, fanOut);
    return consumer;
  }

  setProducerPaused(producer: Producer, paused: boolean): void {
    if (paused) producer.pause();
    else producer.resume();
    const publication = this.publicationOf(producer);
    if (publication) this.adaptation.producerChanged(publication);
  }

  setConsumerPaused(consumer: Consumer, paused: boolean): void {
    consumer.paused = paused;
    if (!paused) consumer.isExpected = true;
    consumer.source.update(consumer);
    this.adaptation.consumerChanged(consumer);
  }

  /** How the receiver shows it. */
  prefer(consumer: Consumer, preferences: ConsumerPreferences): void {
    this.adaptation.prefer(consumer, preferences);
  }

  /** A receiver reports which share of its frames it could not show in time, 0-1. */
  reportFramesDropped(transport: Transport, share: number): void {
    this.qualities.find(transport)?.reportFramesDropped(share, this.environment.now);
  }

  transportStats(transport: Transport): TransportStats {
    const { quality, limitation } = this.qualities.find(transport)!.current;
    const { loss, delay } = this.environment.server;
    const stats = transport.stats();
    for (const [i, producer] of [...transport.producers].entries()) {
      Object.assign(stats.producers[i]!, this.adaptation.producerStats(producer));
    }
    for (const [i, consumer] of [...transport.consumers].entries()) {
      Object.assign(stats.consumers[i]!, this.adaptation.consumerStats(consumer));
    }
    return {
      ...stats,
      ...{ connectionQuality: quality, connectionLimitation: limitation },
      ...{ serverPacketLoss: loss, serverDelay: delay },
    };
  }

  /** The paths of the connected transports since the last reading. */
  paths(): PathFigures[] {
    const connected = [...this.transports].filter(({ isConnected }) => isConnected);
    return connected.map((transport) => this.pathReadings.read(transport, this.qualities.find(transport)!.current));
  }

  /** The totals of a transport; undefined unless it is connected. */
  pathTotals(transport: Transport): PathTotals | undefined {
    return transport.isConnected ? this.pathReadings.totals(transport, this.environment.server) : undefined;
  }

  producerStats(producer: Producer): ProducerStats {
    return { ...producer.stats(), ...this.adaptation.producerStats(producer) };
  }

  consumerStats(consumer: Consumer): ConsumerStats {
    return { ...consumer.stats(), ...this.adaptation.consumerStats(consumer) };
  }

  nextDeadline(): number {
    return this.lookAt;
  }

  /** Does all due work. */
  advance(now: number): void {
    if (now < this.lookAt) return;
    this.lookAt = this.transports.size > 0 ? nextLook(now) : Number.POSITIVE_INFINITY;
    this.adaptation.advance(now);
    this.qualities.advance(now);
  }

  /** `reason` is emitted unless the caller closed the transport. */
  endTransport(
    transport: Transport,
    reason?: TransportCloseReason,
    cause: 'transport-closed' | 'router-closed' = 'transport-closed',
  ): void {
    if (!this.transports.delete(transport)) return;
    this.adaptation.removeTransport(transport);
    this.qualities.delete(transport);
    this.directory.transports.delete(transport.id);
    this.environment.sessions.delete(transport);
    // Even if an object is broken, no packet reaches it any more, and its end is announced.
    try {
      for (const producer of transport.producers) this.endProducer(producer, cause);
      for (const consumer of transport.consumers) this.endConsumer(consumer, cause);
    } finally {
      try {
        transport.close();
      } finally {
        if (reason) this.environment.emit({ type: 'transport.closed', transportId: transport.id, reason });
      }
    }
  }

  endProducer(producer: Producer, cause?: 'transport-closed' | 'router-closed'): void {
    const publication = this.publicationOf(producer);
    if (!publication) return;
    this.publications.delete(producer.id);
    this.directory.producers.delete(producer.id);
    producer.isClosed = true;
    publication.fanOut.close();
    this.pathReadings.producerEnds(publication.transport, producer);
    publication.transport.removeProducer(producer);
    if (cause) this.environment.emit({ type: 'producer.closed', producerId: producer.id, reason: cause });
    for (const consumer of publication.consumers) {
      this.endConsumer(consumer, cause === 'router-closed' ? cause : 'producer-closed');
    }
  }

  endConsumer(consumer: Consumer, reason?: (EngineEvent & { type: 'consumer.closed' })['reason']): void {
    const open = this.directory.consumers.get(consumer.id);
    if (!open) return;
    this.directory.consumers.delete(consumer.id);
    consumer.isClosed = true;
    const { section } = consumer;
    const wasNext = section?.waiting === consumer;
    section?.leave(consumer);
    if (wasNext && section?.current) this.prefer(section.current, DEFAULT_PREFERENCES);
    this.adaptation.removeConsumer(consumer);
    open.fanOut.remove(consumer);
    open.transport.removeConsumer(consumer);
    if (reason) this.environment.emit({ type: 'consumer.closed', consumerId: consumer.id, reason });
  }

  close(): void {
    this.environment.routerDeadlines.delete(this.number);
    for (const transport of this.transports) {
      try {
        this.endTransport(transport, 'router-closed', 'router-closed');
      } catch (error) {
        this.environment.noteFault(transport.id, error);
      }
    }
    this.environment.speakerTicks.remove(this.speakers);
  }

  private openSection(transport: Transport, parameters: RtpParameters): Section<Consumer> {
    if (transport.consumers.size > 0 && transport.sections.size === 0) {
      throw new MediaError('invalid-parameters', 'the transport has consumers with the ids of the router');
    }
    const section = new Section<Consumer>(parameters.mid!, (consumer, before) => {
      if (before) this.endConsumer(before, 'replaced');
      transport.startConsumer(consumer);
    });
    transport.addSection(section, parameters);
    return section;
  }

  private consumable(transport: Transport, producer: Producer): Publication {
    const publication = this.publicationOf(producer);
    if (!this.transports.has(transport) || !publication) {
      throw new MediaError('cannot-consume', 'producer and transport belong to different routers');
    }
    if (transport.consumers.size >= this.environment.limits.consumersPerTransport) {
      throw new MediaError('limit-reached', `the transport has ${transport.consumers.size} consumers`);
    }
    return publication;
  }

  private addConsumer(consumer: Consumer, transport: Transport, fanOut: FanOut<Consumer>): void {
    this.directory.consumers.set(consumer.id, { router: this, transport, consumer, fanOut });
    transport.addConsumer(consumer);
    fanOut.add(consumer);
    this.adaptation.addConsumer(consumer, transport);
  }

  private publicationOf(producer: Producer): Publication | undefined {
    const publication = this.publications.get(producer.id);
    return publication?.producer === producer ? publication : undefined;
  }

  private lookBy(time: number): void {
    if (time >= this.lookAt) return;
    this.lookAt = time;
    this.environment.routerDeadlines.wakeAt(this.number, time);
  }
}

/** All routers look around at the same moments, so that the worker wakes once for all. */
function nextLook(now: number): number {
  return (Math.floor(now / LOOK_INTERVAL) + 1) * LOOK_INTERVAL;
}

function openSession(environment: RouterEnvironment): number {
  try {
    return environment.port.openSession();
  } catch (error) {
    if (error instanceof RangeError) throw new MediaError('limit-reached', error.message);
    throw error;
  }
}

/** Milliseconds: a delayed allocation waits at most that much longer. */
const LOOK_INTERVAL = 250;
/**
 * Sounds forwarded at once. Meetings of up to eight open microphones do not change; with more,
 * listeners cannot distinguish simultaneous sounds, and each costs every listener bandwidth and a
 * decoder.
 */
const DEFAULT_LOUDEST = 8;
