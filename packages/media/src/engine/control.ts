import { validatePreferences } from '../allocation/preferences.js';
import { MediaError } from '../api/errors.js';
import type {
  ConsumerParameters,
  ConsumerPreferences,
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
} from '../api/types.js';
import {
  validateDtlsParameters,
  validateIceParameters,
  validateId,
  validateKind,
  validateLoudest,
  validateRtpCapabilities,
  validateRtpParameters,
} from '../ortc/validate.js';
import type { Directory, OpenConsumer, OpenProducer, OpenTransport } from '../router/directory.js';
import type { RouterEnvironment } from '../router/environment.js';
import type { PathFigures, PathTotals } from '../router/path-figures.js';
import { Router } from '../router/router.js';
import type { Transport } from '../transport/transport.js';

/**
 * The calls of a host to the engine; all use the caller's ids. Opening an open object answers as
 * the first time, closing a closed one does nothing, and any other refusal throws a `MediaError`.
 * Parameters may be any untrusted JSON: they are validated here. `Engine.perform` makes the
 * calls; look at `pendingSends` and `nextDeadline` after it.
 */
export class Control {
  /** The transport of the current call. */
  concerned: Transport | undefined;

  constructor(
    private readonly directory: Directory<Router>,
    private readonly environment: RouterEnvironment,
  ) {}

  /**
   * `loudest`: how many sounds are forwarded at once, 0 for all; a call for an open router changes
   * it.
   */
  openRouter(
    routerId: string,
    options: { mediaCodecs?: RtpCodecCapability[]; loudest?: number } = {},
  ): RtpCapabilities {
    const { routers } = this.directory;
    let router = routers.get(routerId);
    if (!router) {
      const { mediaCodecs, loudest } = options;
      const codecs = mediaCodecs && validateRtpCapabilities({ codecs: mediaCodecs }).codecs;
      const number = this.directory.freeNumber();
      router = new Router(validateId(routerId, 'routerId'), number, this.directory, this.environment, {
        mediaCodecs: codecs,
        loudest: loudest === undefined ? undefined : validateLoudest(loudest),
      });
      this.directory.addRouter(router);
    } else if (options.loudest !== undefined) router.setLoudest(validateLoudest(options.loudest));
    return router.rtpCapabilities;
  }

  closeRouter(routerId: string): void {
    const router = this.directory.routers.get(routerId);
    if (!router) return;
    this.directory.removeRouter(router);
    router.close();
  }

  openTransport(routerId: string, transportId: string): TransportParameters {
    const { routers, transports } = this.directory;
    const open = transports.get(transportId);
    if (open) return open.transport.parameters;
    const router = find(routers, routerId, 'router');
    validateId(transportId, 'transportId');
    if (transports.size >= this.environment.limits.transports) {
      throw new MediaError('limit-reached', `${transports.size} transports are open`);
    }
    return router.openTransport(transportId).parameters;
  }

  connectTransport(transportId: string, dtlsParameters: DtlsParameters): void {
    this.open(transportId).transport.connect(validateDtlsParameters(dtlsParameters));
  }

  restartIce(transportId: string): IceParameters {
    return this.open(transportId).transport.restartIce();
  }

  /** The client's own ICE credentials, so that the transport can check where the client receives. */
  setRemoteIce(transportId: string, iceParameters: IceParameters): void {
    this.open(transportId).transport.setRemoteIce(validateIceParameters(iceParameters));
  }

  /**
   * Only the client knows this: the share (0-1) of the video frames received in the last seconds
   * that it could not show in time. The share counts for the connection quality for ten seconds.
   */
  reportFramesDropped(transportId: string, share: number): void {
    if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
      throw new MediaError('invalid-parameters', 'the share of frames dropped is not within 0 and 1');
    }
    const { router, transport } = this.open(transportId);
    router.reportFramesDropped(transport, share);
  }

  hasTransport(transportId: string): boolean {
    return this.directory.transports.has(transportId);
  }

  closeTransport(transportId: string): void {
    if (!this.directory.transports.has(transportId)) return;
    const { router, transport } = this.open(transportId);
    router.endTransport(transport);
  }

  produce(request: {
    transportId: string;
    producerId: string;
    kind: MediaKind;
    rtpParameters: RtpParameters;
    paused?: boolean;
  }): void {
    if (this.directory.producers.has(request.producerId)) return;
    const { router, transport } = this.open(request.transportId);
    router.produce(transport, {
      producerId: validateId(request.producerId, 'producerId'),
      kind: validateKind(request.kind),
      rtpParameters: validateRtpParameters(request.rtpParameters),
      paused: request.paused ?? false,
    });
  }

  pauseProducer(producerId: string): void {
    const { router, producer } = this.producing(producerId);
    router.setProducerPaused(producer, true);
  }

  resumeProducer(producerId: string): void {
    const { router, producer } = this.producing(producerId);
    router.setProducerPaused(producer, false);
  }

  closeProducer(producerId: string): void {
    if (!this.directory.producers.has(producerId)) return;
    const { router, producer } = this.producing(producerId);
    router.endProducer(producer);
  }

  canConsume(producerId: string, rtpCapabilities: RtpCapabilities): boolean {
    const open = this.directory.producers.get(producerId);
    if (!open) return false;
    return open.router.canConsume(open.producer, validateRtpCapabilities(rtpCapabilities));
  }

  consume(request: {
    transportId: string;
    consumerId: string;
    producerId: string;
    rtpCapabilities: RtpCapabilities;
    paused?: boolean;
  }): ConsumerParameters {
    const open = this.directory.consumers.get(request.consumerId);
    if (open) return open.consumer.parameters();
    const { producer } = this.producing(request.producerId);
    const { router, transport } = this.open(request.transportId);
    const consumer = router.consume(transport, producer, {
      consumerId: validateId(request.consumerId, 'consumerId'),
      rtpCapabilities: validateRtpCapabilities(request.rtpCapabilities),
      paused: request.paused ?? false,
    });
    return consumer.parameters();
  }

  /**
   * For a receiver that made the offer: forwards a producer in one of its media sections, after the
   * section's consumer before. `section`: the parameters that were negotiated, with all codecs; the
   * first call for its mid decides about its extension ids.
   */
  fillSection(request: {
    transportId: string;
    consumerId: string;
    producerId: string;
    section: RtpParameters;
  }): ConsumerParameters {
    const open = this.directory.consumers.get(request.consumerId);
    if (open) return open.consumer.parameters();
    const { producer } = this.producing(request.producerId);
    const { router, transport } = this.open(request.transportId);
    const consumer = router.fillSection(transport, producer, {
      consumerId: validateId(request.consumerId, 'consumerId'),
      parameters: validateRtpParameters(request.section),
    });
    return consumer.parameters();
  }

  pauseConsumer(consumerId: string): void {
    this.setConsumerPaused(consumerId, true);
  }

  resumeConsumer(consumerId: string): void {
    this.setConsumerPaused(consumerId, false);
  }

  /** How the receiver shows the consumer; decides its layers. Only the latest preferences count. */
  setConsumerPreferences(consumerId: string, preferences: ConsumerPreferences): void {
    const { router, consumer } = this.consuming(consumerId);
    router.prefer(consumer, validatePreferences(preferences));
  }

  closeConsumer(consumerId: string): void {
    if (!this.directory.consumers.has(consumerId)) return;
    const { router, consumer } = this.consuming(consumerId);
    router.endConsumer(consumer);
  }

  transportStats(transportId: string): TransportStats {
    const { router, transport } = this.open(transportId);
    return router.transportStats(transport);
  }

  producerStats(producerId: string): ProducerStats {
    const { router, producer } = this.producing(producerId);
    return router.producerStats(producer);
  }

  consumerStats(consumerId: string): ConsumerStats {
    const { router, consumer } = this.consuming(consumerId);
    return router.consumerStats(consumer);
  }

  counts(): { routers: number; transports: number; producers: number; consumers: number } {
    const { routers, transports, producers, consumers } = this.directory;
    return {
      routers: routers.size,
      transports: transports.size,
      producers: producers.size,
      consumers: consumers.size,
    };
  }

  /** The unpaused producers with unpaused consumers, and the number of these. */
  forwarding(): { transportId: string; kind: MediaKind; consumers: number }[] {
    return [...this.directory.routers.values()].flatMap((router) => router.forwarding());
  }

  /** The paths of all connected transports since the last reading; for one reader. */
  paths(): PathFigures[] {
    return [...this.directory.routers.values()].flatMap((router) => router.paths());
  }

  /** The totals of those of these transports that are open and connected. */
  pathTotals(transportIds: readonly string[]): PathTotals[] {
    return transportIds.flatMap((id) => {
      const open = this.directory.transports.get(id);
      return open?.router.pathTotals(open.transport) ?? [];
    });
  }

  private open(transportId: string): OpenTransport<Router> {
    return this.concerning(find(this.directory.transports, transportId, 'transport'));
  }

  private producing(producerId: string): OpenProducer<Router> {
    return this.concerning(find(this.directory.producers, producerId, 'producer'));
  }

  private consuming(consumerId: string): OpenConsumer<Router> {
    return this.concerning(find(this.directory.consumers, consumerId, 'consumer'));
  }

  private concerning<T extends OpenTransport<Router>>(open: T): T {
    this.concerned = open.transport;
    return open;
  }

  private setConsumerPaused(consumerId: string, paused: boolean): void {
    const { router, consumer } = this.consuming(consumerId);
    router.setConsumerPaused(consumer, paused);
  }
}

function find<T>(map: Map<string, T>, id: string, what: string): T {
  const found = map.get(id);
  if (!found) throw new MediaError('not-found', `no ${what} ${id}`);
  return found;
}
