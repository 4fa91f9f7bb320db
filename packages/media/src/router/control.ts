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
 * validated here. Tell the engine the time (`Engine.advance`) before calling, and look at `pendingSends` and
 * `nextDeadline` after it.
 */
export class Control {
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
    for (const transport of router.transports) this.endTransport(transport, 'router-closed', 'router-closed');
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
    find(this.transports, transportId, 'transport').connect(validateDtlsParameters(dtlsParameters));
  }

  restartIce(transportId: string): IceParameters {
    return find(this.transports, transportId, 'transport').restartIce();
  }

  hasTransport(transportId: string): boolean {
    return this.transports.has(transportId);
  }

  closeTransport(transportId: string): void {
    const transport = this.transports.get(transportId);
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
    const transport = find(this.transports, request.transportId, 'transport');
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
    find(this.producers, producerId, 'producer').pause();
  }

  resumeProducer(producerId: string): void {
    find(this.producers, producerId, 'producer').resume();
  }

  closeProducer(producerId: string): void {
    const producer = this.producers.get(producerId);
    if (producer) this.endProducer(producer);
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
    const transport = find(this.transports, request.transportId, 'transport');
    const producer = find(this.producers, request.producerId, 'producer');
    if (this.routerOf.get(transport) !== this.routerOf.get(this.transportOf.get(producer)!)) {
      throw new MediaError('cannot-consume', 'producer and transport belong to different routers');
    }
    if (transport.consumers.size >= this.surroundings.limits.consumersPerTransport) {
      throw new MediaError('limit-reached', `the transport has ${transport.consumers.size} consumers`);
    }
    const taken = new Set<number>();
    const rtpParameters = consumerParameters(
      producer.consumableParameters,
      validateRtpCapabilities(request.rtpCapabilities),
      String(this.nextMid++),
      () => this.freshSsrc(transport, taken),
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
    find(this.consumers, consumerId, 'consumer').requestKeyFrame();
  }

  closeConsumer(consumerId: string): void {
    const consumer = this.consumers.get(consumerId);
    if (consumer) this.endConsumer(consumer);
  }

  transportStats(transportId: string): TransportStats {
    return find(this.transports, transportId, 'transport').stats();
  }

  producerStats(producerId: string): ProducerStats {
    return find(this.producers, producerId, 'producer').stats();
  }

  consumerStats(consumerId: string): ConsumerStats {
    return find(this.consumers, consumerId, 'consumer').stats();
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

  private openSession(): number {
    try {
      return this.surroundings.port.openSession();
    } catch (error) {
      if (error instanceof RangeError) throw new MediaError('limit-reached', error.message);
      throw error;
    }
  }

  private setConsumerPaused(consumerId: string, paused: boolean): void {
    const consumer = find(this.consumers, consumerId, 'consumer');
    consumer.paused = paused;
    consumer.producer.updateConsumer(consumer);
  }

  private freshSsrc(transport: Transport, taken: Set<number>): number {
    for (;;) {
      const ssrc = this.surroundings.random32();
      if (ssrc === 0 || taken.has(ssrc) || transport.usesSsrc(ssrc)) continue;
      taken.add(ssrc);
      return ssrc >>> 0;
    }
  }

  /** `reason` is told where the transport was not closed by the caller. */
  private endTransport(
    transport: Transport,
    reason?: TransportCloseReason,
    cause: 'transport-closed' | 'router-closed' = 'transport-closed',
  ): void {
    if (this.transports.get(transport.id) !== transport) return;
    this.transports.delete(transport.id);
    for (const producer of transport.producers) this.endProducer(producer, cause);
    for (const consumer of transport.consumers) this.endConsumer(consumer, cause);
    this.routerOf.get(transport)?.transports.delete(transport);
    this.routerOf.delete(transport);
    this.bySession[transport.session] = undefined;
    transport.close();
    if (reason) this.surroundings.emit({ type: 'transport.closed', transportId: transport.id, reason });
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
