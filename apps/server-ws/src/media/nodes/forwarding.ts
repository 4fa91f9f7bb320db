import type { ConsumeRequest, MediaNodeEvent, ProduceRequest } from '@waterbus/media-host';

/**
 * The number of receivers of each producer on one media node, from the calls and events that pass
 * by.
 */
export class Forwarding {
  private readonly producers = new Map<string, { transportId: string; weight: number; paused: boolean }>();
  private readonly consumers = new Map<string, { transportId: string; producerId: string; paused: boolean }>();

  /** A call to the media node that succeeded. */
  called(method: string, [first]: unknown[]): void {
    switch (method) {
      case 'produce': {
        const { producerId, transportId, kind, paused } = first as ProduceRequest;
        this.producers.set(producerId, { transportId, weight: WEIGHT[kind], paused });
        return;
      }
      case 'consume': {
        const { consumerId, transportId, producerId, paused } = first as ConsumeRequest;
        // The producer may have closed while the answer was on its way.
        if (this.producers.has(producerId)) this.consumers.set(consumerId, { transportId, producerId, paused });
        return;
      }
      case 'pauseProducer':
      case 'resumeProducer':
        pause(this.producers.get(first as string), method === 'pauseProducer');
        return;
      case 'pauseConsumer':
      case 'resumeConsumer':
        pause(this.consumers.get(first as string), method === 'pauseConsumer');
        return;
      case 'closeProducer':
        this.forgetProducer(first as string);
        return;
      case 'closeConsumer':
        this.consumers.delete(first as string);
        return;
      case 'closeTransport':
        this.forgetTransport(first as string);
        return;
    }
  }

  happened(event: MediaNodeEvent): void {
    if (event.type === 'producer.closed') this.forgetProducer(event.producerId);
    if (event.type === 'consumer.closed') this.consumers.delete(event.consumerId);
    if (event.type === 'transport.closed') this.forgetTransport(event.transportId);
  }

  /** The amount of forwarding that each sending transport causes. */
  weights(): Map<string, number> {
    const weights = new Map<string, number>();
    for (const { producerId, paused } of this.consumers.values()) {
      const producer = this.producers.get(producerId);
      if (!producer || producer.paused || paused) continue;
      weights.set(producer.transportId, (weights.get(producer.transportId) ?? 0) + producer.weight);
    }
    return weights;
  }

  private forgetProducer(producerId: string): void {
    if (!this.producers.delete(producerId)) return;
    for (const [id, consumer] of this.consumers) if (consumer.producerId === producerId) this.consumers.delete(id);
  }

  private forgetTransport(transportId: string): void {
    for (const [id, producer] of this.producers) if (producer.transportId === transportId) this.forgetProducer(id);
    for (const [id, consumer] of this.consumers) if (consumer.transportId === transportId) this.consumers.delete(id);
  }
}

function pause(stream: { paused: boolean } | undefined, paused: boolean): void {
  if (stream) stream.paused = paused;
}

/** Packets cost alike: 50 a second of sound, about 150 of a picture. */
const WEIGHT = { audio: 1, video: 3 };
