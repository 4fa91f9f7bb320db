// Hot path: no allocation per packet.
import type { MediaKind } from '../api/types.js';
import type { RtpHeader } from '../rtp/header.js';
import { type ConsumerSource, NO_STREAM, type SourceConsumer } from './consumer-source.js';
import type { ForwardingEnvironment } from './environment.js';
import type { MeasuredLayers } from './measured-layers.js';
import type { Producer, ProducerOutput } from './producer.js';
import type { ProducerStream } from './producer-stream.js';
import { Passage, type SoundGate } from './sound-gate.js';
import { StreamActivity } from './stream-activity.js';

/** The consumers of one producer: which stream each takes, and the way of a packet to them. */
export class FanOut<C extends SourceConsumer> implements ConsumerSource, ProducerOutput {
  readonly consumers = new Set<C>();
  readonly id: string;
  readonly kind: MediaKind;
  readonly streams: readonly (ProducerStream | undefined)[];
  readonly isSimulcast: boolean;
  readonly layers: MeasuredLayers;
  readonly keepsDescriptor: boolean;
  readonly closesPictures: boolean;
  /** By encoding. */
  private readonly activities: readonly StreamActivity[];
  /** By encoding: whether packets arrived lately. */
  private readonly arriving: boolean[];
  private arrivalsCheckedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly producer: Producer,
    /** Of sound. */
    private readonly gate: SoundGate | undefined,
    private readonly environment: ForwardingEnvironment,
  ) {
    this.id = producer.id;
    this.kind = producer.kind;
    this.streams = producer.streams;
    this.isSimulcast = producer.isSimulcast;
    this.layers = producer.layers;
    this.keepsDescriptor = producer.keepsDescriptor;
    this.closesPictures = producer.encoding.mimeType === 'video/vp8';
    this.activities = producer.streams.map(() => new StreamActivity());
    this.arriving = producer.streams.map(() => false);
    producer.output = this;
  }

  get paused(): boolean {
    return this.producer.paused;
  }

  add(consumer: C): void {
    this.consumers.add(consumer);
    this.update(consumer);
  }

  remove(consumer: C): void {
    this.consumers.delete(consumer);
    consumer.isActive = false;
    this.place(consumer, NO_STREAM, NO_STREAM);
  }

  /** The producer has ended; its consumers remain until they are removed. */
  close(): void {
    this.gate?.close();
  }

  // ConsumerSource

  update(consumer: SourceConsumer): void {
    const isWanted = !consumer.paused && !this.producer.paused && !consumer.isClosed;
    const isActive = isWanted && consumer.transport.isConnected;
    if (isActive === consumer.isActive) {
      if (isWanted && consumer.transport.isConnecting) this.expect(consumer);
      return;
    }
    consumer.isActive = isActive;
    if (this.selectStream(consumer)) consumer.begin();
  }

  selectStream(consumer: SourceConsumer): boolean {
    if (!consumer.isActive || consumer.target.spatial < 0) {
      this.place(consumer, NO_STREAM, NO_STREAM);
      return false;
    }
    const wanted = this.nearestArriving(consumer.target.spatial);
    if (consumer.forwarded === wanted) {
      this.place(consumer, wanted, NO_STREAM);
      return false;
    }
    if (consumer.awaited === wanted) return false;
    this.place(consumer, consumer.forwarded, wanted);
    return true;
  }

  awaitKeyFrame(consumer: SourceConsumer): void {
    const index = consumer.awaited === NO_STREAM ? consumer.forwarded : consumer.awaited;
    this.place(consumer, NO_STREAM, index);
  }

  streamStarted(consumer: SourceConsumer, index: number): void {
    this.place(consumer, index, NO_STREAM);
  }

  requestKeyFrame(index: number, notBefore?: number): boolean {
    return this.producer.requestKeyFrame(index, notBefore);
  }

  requestFirstKeyFrame(index: number): boolean {
    return this.producer.requestFirstKeyFrame(index);
  }

  // ProducerOutput

  get size(): number {
    return this.consumers.size;
  }

  take(index: number, stream: ProducerStream, header: RtpHeader, source: Uint8Array, isEmpty: boolean): void {
    const { forwarding, waiting } = this.activities[index]!;
    if (this.gate !== undefined) {
      const passage = this.gate.pass(stream, header, source, isEmpty, this.environment.now);
      if (passage === Passage.Closed) return;
      if (passage === Passage.Opens) {
        const from = this.gate.firstHeard(stream, header.timestamp);
        for (let i = 0; i < forwarding.length; ) i = this.rejoinFrom(i, forwarding, index, stream, from);
        for (let i = 0; i < waiting.length; ) i = this.rejoinFrom(i, waiting, index, stream, from);
        return;
      }
    }
    if (isEmpty) {
      for (let i = 0; i < forwarding.length; i++) forwarding[i]!.skip(stream, stream.sequence);
      return;
    }
    for (let i = 0; i < forwarding.length; ) i = this.forwardFrom(i, forwarding, stream, header);
    if (stream.frame.isKeyFrame) for (let i = 0; i < waiting.length; ) i = this.startFrom(i, waiting, index, stream);
  }

  noteArrival(index: number): void {
    const { now } = this.environment;
    if (!this.arriving[index] || (this.isSimulcast && now - this.arrivalsCheckedAt >= ARRIVALS_INTERVAL))
      this.checkArrivals(now);
  }

  streamBegan(index: number, isKeyFrame: boolean): void {
    for (const consumer of this.activities[index]!.forwarding) this.place(consumer, NO_STREAM, index);
    if (!isKeyFrame && this.activities[index]!.waiting.length > 0) this.requestKeyFrame(index);
  }

  streamRestarted(index: number, stream: ProducerStream): void {
    for (const consumer of this.consumers) consumer.streamRestarted(stream);
    this.streamBegan(index, stream.frame.isKeyFrame);
  }

  pauseChanged(): void {
    for (const consumer of this.consumers) this.update(consumer);
  }

  worstFractionLost(now: number): number {
    let worst = 0;
    for (const consumer of this.consumers) {
      if (consumer.isActive) worst = Math.max(worst, consumer.recentFractionLost(now));
    }
    return worst;
  }

  /**
   * Answers where to continue: at the end, or after a consumer whose transport had to end because
   * forwarding to it threw.
   */
  private forwardFrom(
    first: number,
    consumers: readonly SourceConsumer[],
    stream: ProducerStream,
    header: RtpHeader,
  ): number {
    let i = first;
    try {
      for (; i < consumers.length; i++) consumers[i]!.forward(stream, header);
      return i;
    } catch (error) {
      this.environment.fail(consumers[i]!.transport.session, error);
      return i + 1;
    }
  }

  private startFrom(
    first: number,
    consumers: readonly SourceConsumer[],
    index: number,
    stream: ProducerStream,
  ): number {
    let i = first;
    try {
      for (; i < consumers.length; i++) consumers[i]!.start(index, stream);
      return i;
    } catch (error) {
      this.environment.fail(consumers[i]!.transport.session, error);
      return i + 1;
    }
  }

  private rejoinFrom(
    first: number,
    consumers: readonly SourceConsumer[],
    index: number,
    stream: ProducerStream,
    from: number,
  ): number {
    let i = first;
    try {
      for (; i < consumers.length; i++) consumers[i]!.rejoin(index, stream, from);
      return i;
    } catch (error) {
      this.environment.fail(consumers[i]!.transport.session, error);
      return i + 1;
    }
  }

  /**
   * Updates which streams arrive: the sender may lack the bits for others, or no consumer wants
   * them.
   */
  private checkArrivals(now: number): void {
    this.arrivalsCheckedAt = now;
    let hasChanged = false;
    for (let i = 0; i < this.arriving.length; i++) {
      const isArriving = this.layers.arrives(i, now);
      if (isArriving !== this.arriving[i]) hasChanged = true;
      this.arriving[i] = isArriving;
    }
    if (!hasChanged || this.arriving.length === 1) return;
    for (const consumer of this.consumers) if (this.selectStream(consumer)) this.requestKeyFrame(consumer.awaited);
  }

  /** A consumer takes packets as soon as its transport is connected, which is about to happen. */
  private expect(consumer: SourceConsumer): void {
    if (consumer.target.spatial < 0) return;
    const index = this.nearestArriving(consumer.target.spatial);
    const stream = this.streams[index];
    if (stream) consumer.requestKeyFrameAhead(index, stream);
  }

  private nearestArriving(spatial: number): number {
    const wanted = Math.min(spatial, this.streams.length - 1);
    for (let i = wanted; i >= 0; i--) if (this.arriving[i]) return i;
    for (let i = wanted + 1; i < this.streams.length; i++) if (this.arriving[i]) return i;
    return wanted;
  }

  /**
   * Moves a consumer to the consumers that forward one stream, and to those that wait for another.
   */
  private place(consumer: SourceConsumer, forwarded: number, awaited: number): void {
    if (consumer.forwarded !== forwarded) {
      if (consumer.forwarded >= 0) this.activities[consumer.forwarded]!.remove(consumer, 'forwarding');
      if (forwarded >= 0) this.activities[forwarded]!.add(consumer, 'forwarding');
      consumer.forwarded = forwarded;
    }
    if (consumer.awaited !== awaited) {
      if (consumer.awaited >= 0) this.activities[consumer.awaited]!.remove(consumer, 'waiting');
      if (awaited >= 0) this.activities[awaited]!.add(consumer, 'waiting');
      consumer.awaited = awaited;
    }
  }
}

/** Milliseconds between two checks of which streams arrive. */
const ARRIVALS_INTERVAL = 100;
