import type { ConsumerPreferences, DtlsParameters, RtpCapabilities, TransportParameters } from '@waterbus/media';
import {
  type ConsumeRequest,
  MediaNodeError,
  type OpenTransportRequest,
  type ProduceRequest,
  type RouterOptions,
} from '../media-node.js';
import type { CallOutcome, MediaNodeCalls, MediaNodeMethod, MediaNodeResult } from './media-calls.js';

/**
 * Sends every call of a `MediaNode` as one message. Subclasses define how a message reaches the
 * node.
 */
export abstract class RemoteCalls implements MediaNodeCalls {
  /**
   * Never rejects for a refusal of the node; rejects with a `MediaNodeError` when the node cannot
   * be reached.
   */
  protected abstract send(method: MediaNodeMethod, args: unknown[]): Promise<CallOutcome>;

  openRouter(routerId: string, options?: RouterOptions): Promise<RtpCapabilities> {
    return options ? this.call('openRouter', routerId, options) : this.call('openRouter', routerId);
  }

  closeRouter(routerId: string): Promise<void> {
    return this.call('closeRouter', routerId);
  }

  openTransport(request: OpenTransportRequest): Promise<TransportParameters> {
    return this.call('openTransport', request);
  }

  connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    return this.call('connectTransport', transportId, dtlsParameters);
  }

  restartIce(transportId: string): Promise<MediaNodeResult<'restartIce'>> {
    return this.call('restartIce', transportId);
  }

  reportFramesDropped(transportId: string, share: number): Promise<void> {
    return this.call('reportFramesDropped', transportId, share);
  }

  closeTransport(transportId: string): Promise<void> {
    return this.call('closeTransport', transportId);
  }

  produce(request: ProduceRequest): Promise<void> {
    return this.call('produce', request);
  }

  pauseProducer(producerId: string): Promise<void> {
    return this.call('pauseProducer', producerId);
  }

  resumeProducer(producerId: string): Promise<void> {
    return this.call('resumeProducer', producerId);
  }

  closeProducer(producerId: string): Promise<void> {
    return this.call('closeProducer', producerId);
  }

  consume(request: ConsumeRequest): Promise<MediaNodeResult<'consume'>> {
    return this.call('consume', request);
  }

  pauseConsumer(consumerId: string): Promise<void> {
    return this.call('pauseConsumer', consumerId);
  }

  resumeConsumer(consumerId: string): Promise<void> {
    return this.call('resumeConsumer', consumerId);
  }

  requestKeyFrame(consumerId: string): Promise<void> {
    return this.call('requestKeyFrame', consumerId);
  }

  setConsumerPreferences(consumerId: string, preferences: ConsumerPreferences): Promise<void> {
    return this.call('setConsumerPreferences', consumerId, preferences);
  }

  closeConsumer(consumerId: string): Promise<void> {
    return this.call('closeConsumer', consumerId);
  }

  transportStats(transportId: string): Promise<MediaNodeResult<'transportStats'>> {
    return this.call('transportStats', transportId);
  }

  producerStats(producerId: string): Promise<MediaNodeResult<'producerStats'>> {
    return this.call('producerStats', producerId);
  }

  private async call<M extends MediaNodeMethod>(method: M, ...args: unknown[]): Promise<MediaNodeResult<M>> {
    const outcome = await this.send(method, args);
    if (!outcome.ok) throw new MediaNodeError(outcome.code, outcome.message);
    return outcome.value as MediaNodeResult<M>;
  }
}
