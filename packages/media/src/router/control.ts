import { MediaError } from '../errors.js';
import type { EngineEvent, TransportCloseReason } from '../events.js';
import { canConsume, consumerParameters } from '../ortc/consumer-parameters.js';
import { mapProducer } from '../ortc/producer-parameters.js';
import {
  validateDtlsParameters,
  validateId,
  validateKind,
  validateRtpCapabilities,
  validateRtpParameters,
} from '../ortc/validate.js';
import type { Surroundings } from '../transport/surroundings.js';
import { Transport } from '../transport/transport.js';
import type {
  ConsumerParameters,
  ConsumerStats,
  DtlsParameters,
  IceParameters,
  MediaKind,
  ProducerStats,
  RtpCapabilities,
  RtpCodecCapability,
  RtpParameters,
  TransportParameters,
  TransportStats,
} from '../types.js';
import { Consumer } from './consumer.js';
import { Producer } from './producer.js';
import { Router } from './router.js';

/**
 * What a host may ask of the engine; everything goes by the caller's ids. Opening what is open answers as the first time,
 * closing what is closed does nothing, any other refusal throws a `MediaError`. Parameters may be any bytes' JSON: they are
 * validated here. Call it through `Engine.perform`, and look at `pendingSends` and `nextDeadline` after it.
 */
export class Control {
  /** Broken invariants so far. */
  faults = 0;
  /** The transport that the call under way is about. */
  concerned: Transport | undefined;
  private readonly routers = new Map<string, Router>();
  private readonly transports = new Map<string, Transport>();
  private readonly producers = new Map<string, Producer>();
  private readonly consumers = new Map<string, Consumer>();
  private readonly bySession: (Transport | undefined)[] = [];
  private readonly routerOf = new Map<Transport, Router>();
  private readonly transportOf = new Map<Producer, Transport>();
  private nextMid = 0;

  constructor(private readonly surroundings: Surroundings) {}

  openRouter(routerId: string, options: { mediaCodecs?: RtpCodecCapability[] } = {}): RtpCapabilities {
    let router = this.routers.get(routerId);
    if (!router) {
      const { mediaCodecs } = options;
      const codecs = mediaCodecs && validateRtpCapabilities({ codecs: mediaCodecs }).codecs;
      router = new Router(validateId(routerId, 'routerId'), codecs);
      this.routers.set(routerId, router);
    }
    return router.rtpCapabilities;
  }

  closeRouter(routerId: string): void {
    const router = this.routers.get(routerId);
    if (!router) return;
    this.routers.delete(routerId);
    for (const transport of router.transports) {
      try {
        this.endTransport(transport, 'router-closed', 'router-closed');
      } catch (error) {
        this.noteFault(transport, error);
      }
    }
  }

  openTransport(routerId: string, transportId: string): TransportParameters {
    const open = this.transports.get(transportId);
    if (open) return open.parameters;
    const router = find(this.routers, routerId, 'router');
    validateId(transportId, 'transportId');
    if (this.transports.size >= this.surroundings.limits.transports) {
      throw new MediaError('limit-reached', `${this.transports.size} transports are open`);
    }
    const transport = new Transport(transportId, this.openSession(), this.surroundings, (faulty, reason) =>
      this.endTransport(faulty, reason),
    );
    this.transports.set(transportId, transport);
    this.bySession[transport.session] = transport;
    this.routerOf.set(transport, router);
    router.transports.add(transport);
    return transport.parameters;
  }

  connectTransport(transportId: string, dtlsParameters: DtlsParameters): void {
    this.transport(transportId).connect(validateDtlsParameters(dtlsParameters));
  }

  restartIce(transportId: string): IceParameters {
    return this.transport(transportId).restartIce();
  }

  hasTransport(transportId: string): boolean {
    return this.transports.has(transportId);
  }

  closeTransport(transportId: string): void {
    const transport = this.transports.get(transportId);
    this.concerned = transport;
    if (transport) this.endTransport(transport);
  }

  produce(request: {
    transportId: string;
    producerId: string;
    kind: MediaKind;
    rtpParameters: RtpParameters;
    paused?: boolean;
  }): void {
    if (this.producers.has(request.producerId)) return;
    const transport = this.transport(request.transportId);
    if (transport.producers.size >= this.surroundings.limits.producersPerTransport) {
      throw new MediaError('limit-reached', `the transport has ${transport.producers.size} producers`);
    }
    const kind = validateKind(request.kind);
    const parameters = validateRtpParameters(request.rtpParameters);
    const { encoding, consumable } = mapProducer(kind, parameters, this.routerOf.get(transport)!.rtpCapabilities);
    // Synchronizing sound and picture needs one name for both (RFC 3550 section 6.5.1): where none is told, that of the
    // producers before, else the transport's.
    if (consumable.rtcp!.cname === '') {
      const [sibling] = transport.producers;
      consumable.rtcp!.cname = sibling?.consumableParameters.rtcp?.cname ?? transport.canonicalName;
    }
    const producer = new Producer(
      validateId(request.producerId, 'producerId'),
      kind,
      parameters,
      consumable,
      encoding,
      request.paused ?? false,
      transport,
      this.surroundings,
    );
    transport.addProducer(producer);
    this.producers.set(producer.id, producer);
    this.transportOf.set(producer, transport);
  }

  pauseProducer(producerId: string): void {
    this.producer(producerId).pause();
  }

  resumeProducer(producerId: string): void {
    this.producer(producerId).resume();
  }

  closeProducer(producerId: string): void {
    if (this.producers.has(producerId)) this.endProducer(this.producer(producerId));
  }

  canConsume(producerId: string, rtpCapabilities: RtpCapabilities): boolean {
    const producer = this.producers.get(producerId);
    return (
      producer !== undefined && canConsume(producer.consumableParameters, validateRtpCapabilities(rtpCapabilities))
    );
  }

  consume(request: {
    transportId: string;
    consumerId: string;
    producerId: string;
    rtpCapabilities: RtpCapabilities;
    paused?: boolean;
  }): ConsumerParameters {
    const open = this.consumers.get(request.consumerId);
    if (open) return open.parameters();
    const producer = this.producer(request.producerId);
    const transport = this.transport(request.transportId);
    if (this.routerOf.get(transport) !== this.routerOf.get(this.transportOf.get(producer)!)) {
      throw new MediaError('cannot-consume', 'producer and transport belong to different routers');
    }
    if (transport.consumers.size >= this.surroundings.limits.consumersPerTransport) {
      throw new MediaError('limit-reached', `the transport has ${transport.consumers.size} consumers`);
    }
    const rtpParameters = consumerParameters(
      producer.consumableParameters,
      validateRtpCapabilities(request.rtpCapabilities),
      String(this.nextMid++),
      () => transport.freshSsrc(),
    );
    const consumer = new Consumer(
      validateId(request.consumerId, 'consumerId'),
      producer,
      transport,
      rtpParameters,
      request.paused ?? false,
      this.surroundings,
    );
    this.consumers.set(consumer.id, consumer);
    transport.addConsumer(consumer);
    producer.addConsumer(consumer);
    return consumer.parameters();
  }

  pauseConsumer(consumerId: string): void {
    this.setConsumerPaused(consumerId, true);
  }

  resumeConsumer(consumerId: string): void {
    this.setConsumerPaused(consumerId, false);
  }

  requestKeyFrame(consumerId: string): void {
    this.consumer(consumerId).requestKeyFrame();
  }

  closeConsumer(consumerId: string): void {
    if (this.consumers.has(consumerId)) this.endConsumer(this.consumer(consumerId));
  }

  transportStats(transportId: string): TransportStats {
    return this.transport(transportId).stats();
  }

  producerStats(producerId: string): ProducerStats {
    return this.producer(producerId).stats();
  }

  consumerStats(consumerId: string): ConsumerStats {
    return this.consumer(consumerId).stats();
  }

  counts(): { routers: number; transports: number; producers: number; consumers: number } {
    return {
      routers: this.routers.size,
      transports: this.transports.size,
      producers: this.producers.size,
      consumers: this.consumers.size,
    };
  }

  /** The transport of a session index of the port. */
  transportOfSession(session: number): Transport | undefined {
    return this.bySession[session];
  }

  openTransports(): Iterable<Transport> {
    return this.transports.values();
  }

  /** Notes a broken invariant, and ends the transport whose work it broke. Never throws. */
  fail(transport: Transport | undefined, error: unknown): void {
    this.noteFault(transport, error);
    if (!transport) return;
    try {
      this.endTransport(transport, 'internal-error');
    } catch (second) {
      this.noteFault(transport, second);
    }
  }

  private noteFault(transport: Transport | undefined, error: unknown): void {
    this.faults++;
    this.surroundings.emit({
      type: 'fault',
      ...(transport ? { transportId: transport.id } : {}),
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  private transport(id: string): Transport {
    this.concerned = find(this.transports, id, 'transport');
    return this.concerned;
  }

  private producer(id: string): Producer {
    const producer = find(this.producers, id, 'producer');
    this.concerned = this.transportOf.get(producer);
    return producer;
  }

  private consumer(id: string): Consumer {
    const consumer = find(this.consumers, id, 'consumer');
    this.concerned = this.bySession[consumer.transport.session];
    return consumer;
  }

  private openSession(): number {
    try {
      return this.surroundings.port.openSession();
    } catch (error) {
      if (error instanceof RangeError) throw new MediaError('limit-reached', error.message);
      throw error;
    }
  }

  private setConsumerPaused(consumerId: string, paused: boolean): void {
    const consumer = this.consumer(consumerId);
    consumer.paused = paused;
    consumer.producer.updateConsumer(consumer);
  }

  /** `reason` is told where the transport was not closed by the caller. */
  private endTransport(
    transport: Transport,
    reason?: TransportCloseReason,
    cause: 'transport-closed' | 'router-closed' = 'transport-closed',
  ): void {
    if (this.transports.get(transport.id) !== transport) return;
    this.transports.delete(transport.id);
    this.bySession[transport.session] = undefined;
    this.routerOf.get(transport)?.transports.delete(transport);
    this.routerOf.delete(transport);
    // Whatever of it is broken, no packet finds it any more, and its end is announced.
    try {
      for (const producer of transport.producers) this.endProducer(producer, cause);
      for (const consumer of transport.consumers) this.endConsumer(consumer, cause);
    } finally {
      try {
        transport.close();
      } finally {
        if (reason) this.surroundings.emit({ type: 'transport.closed', transportId: transport.id, reason });
      }
    }
  }

  private endProducer(producer: Producer, cause?: 'transport-closed' | 'router-closed'): void {
    if (!this.producers.delete(producer.id)) return;
    producer.isClosed = true;
    this.transportOf.get(producer)?.removeProducer(producer);
    this.transportOf.delete(producer);
    if (cause) this.surroundings.emit({ type: 'producer.closed', producerId: producer.id, reason: cause });
    for (const consumer of producer.consumers) {
      this.endConsumer(consumer, cause === 'router-closed' ? cause : 'producer-closed');
    }
  }

  private endConsumer(consumer: Consumer, reason?: (EngineEvent & { type: 'consumer.closed' })['reason']): void {
    if (!this.consumers.delete(consumer.id)) return;
    consumer.isClosed = true;
    consumer.producer.removeConsumer(consumer);
    consumer.transport.removeConsumer(consumer);
    if (reason) this.surroundings.emit({ type: 'consumer.closed', consumerId: consumer.id, reason });
  }
}

function find<T>(map: Map<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (!found) throw new MediaError('not-found', `no ${what} ${id}`);
  return found;
}
