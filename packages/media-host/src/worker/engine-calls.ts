import { type DtlsParameters, MediaError } from '@waterbus/media';
import type { MediaNodeCalls } from '../calls/media-calls.js';
import { type ConsumeRequest, MediaNodeError, type ProduceRequest } from '../media-node.js';
import type { Shell } from './shell.js';

/** The calls of a `MediaNode`, executed by the engine of this process. */
export function engineCalls(shell: Shell): MediaNodeCalls {
  return {
    openRouter: async (routerId, options) => perform((control) => control.openRouter(routerId, options)),
    closeRouter: async (routerId) => perform((control) => control.closeRouter(routerId)),
    openTransport: async ({ routerId, transportId }) =>
      perform((control) => control.openTransport(routerId, transportId)),
    connectTransport: async (transportId, dtlsParameters: DtlsParameters) =>
      perform((control) => control.connectTransport(transportId, dtlsParameters)),
    restartIce: async (transportId) => perform((control) => control.restartIce(transportId)),
    reportFramesDropped: async (transportId, share) =>
      perform((control) => control.reportFramesDropped(transportId, share)),
    closeTransport: async (transportId) => perform((control) => control.closeTransport(transportId)),
    produce: async (request: ProduceRequest) => perform((control) => control.produce(request)),
    pauseProducer: async (producerId) => perform((control) => control.pauseProducer(producerId)),
    resumeProducer: async (producerId) => perform((control) => control.resumeProducer(producerId)),
    closeProducer: async (producerId) => perform((control) => control.closeProducer(producerId)),
    consume: async (request: ConsumeRequest) => perform((control) => control.consume(request)),
    pauseConsumer: async (consumerId) => perform((control) => control.pauseConsumer(consumerId)),
    resumeConsumer: async (consumerId) => perform((control) => control.resumeConsumer(consumerId)),
    requestKeyFrame: async (consumerId) => perform((control) => control.requestKeyFrame(consumerId)),
    setConsumerPreferences: async (consumerId, preferences) =>
      perform((control) => control.setConsumerPreferences(consumerId, preferences)),
    closeConsumer: async (consumerId) => perform((control) => control.closeConsumer(consumerId)),
    transportStats: async (transportId) => perform((control) => control.transportStats(transportId)),
    producerStats: async (producerId) => perform((control) => control.producerStats(producerId)),
  };

  function perform<T>(call: Parameters<typeof shell.control<T>>[0]): T {
    try {
      return shell.control(call);
    } catch (error) {
      if (error instanceof MediaError) throw new MediaNodeError(error.code, error.message);
      throw error;
    }
  }
}
