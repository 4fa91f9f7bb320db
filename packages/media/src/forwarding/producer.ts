// Hot path: no allocation per packet.

import type { MediaKind, ProducerStats, RtpParameters } from '../api/types.js';
import { createClassifier } from '../codecs/classifier.js';
import type { ProducerEncoding } from '../ortc/producer-encoding.js';
import { RedundantBlocks } from '../red/redundant-blocks.js';
import type { RtpHeader } from '../rtp/header.js';
import type { RouterSpeakers } from '../speaker/router-speakers.js';
import type { Sound } from '../speaker/sound.js';
import type { Consumer } from './consumer.js';
import type { ForwardingEnvironment } from './environment.js';
import { MeasuredLayers } from './measured-layers.js';
import { Accepted, ProducerStream, REORDERING_GRACE } from './producer-stream.js';
import { StreamActivity } from './stream-activity.js';

/** The parts of its transport that a producer needs. */
export interface ProducerTransport {
  /** A request to the publisher is due at this time (milliseconds) at the latest. */
  requestBy(time: number): void;
}

/** One track that a participant publishes, in one or several encodings, and its consumers. */
export class Producer {
  /** One for each encoding, ascending in quality; undefined before its first packet. */
  readonly streams: (ProducerStream | undefined)[];
  isClosed = false;
  /** All its consumers. */
  readonly consumers = new Set<Consumer>();
  /** By encoding. */
  private readonly activities: readonly StreamActivity[];
  /** The current costs of its layers. Spatial layers of a simulcast producer are its streams. */
  readonly layers: MeasuredLayers;
  /** Its packets have dependency descriptors, as far as the publisher sends them. */
  readonly keepsDescriptor: boolean;
  /** Picture ids of a receiver close over pictures that it does not get. */
  readonly closesPictures: boolean;
  /** By encoding: whether packets arrived lately. */
  private readonly arriving: boolean[];
  private arrivalsCheckedAt = Number.NEGATIVE_INFINITY;
  /**
   * For sound: the router's speakers, which decide whether it is forwarded, and this producer's
   * entry among them.
   */
  private speakers: RouterSpeakers | undefined;
  private sound: Sound | undefined;

  constructor(
    readonly id: string,
    readonly kind: MediaKind,
    /** The publisher's parameters. */
    readonly rtpParameters: RtpParameters,
    /** The parameters towards the router's consumers, before a receiver's capabilities apply. */
    readonly consumableParameters: RtpParameters,
    readonly encoding: ProducerEncoding,
    public paused: boolean,
    private readonly transport: ProducerTransport,
    private readonly environment: ForwardingEnvironment,
  ) {
    const count = encoding.streams.length;
    this.streams = new Array<ProducerStream | undefined>(count).fill(undefined);
    this.activities = Array.from({ length: count }, () => new StreamActivity());
    this.arriving = new Array<boolean>(count).fill(false);
    this.layers = new MeasuredLayers(
      this.isSimulcast,
      this.isSimulcast ? count : encoding.spatialLayers,
      encoding.temporalLayers,
    );
    this.keepsDescriptor = encoding.mimeType === 'video/av1';
    this.closesPictures = encoding.mimeType === 'video/vp8';
  }

  /** It has several streams, and each receiver gets one of them. */
  get isSimulcast(): boolean {
    return this.streams.length > 1;
  }

  /**
   * Takes a packet of one of its media streams (`index` of `streams`), or one that RTX restored.
   * `header` is the media packet's.
   */
  receive(index: number, header: RtpHeader, source: Uint8Array, repaired: boolean): void {
    if (header.payloadType === this.encoding.redPayloadType) this.unwrap(index, header, source);
    let stream = this.streams[index];
    if (header.payloadType !== this.encoding.payloadType) {
      if (stream?.ssrc !== header.ssrc) return;
      // Comfort noise, telephone events or any other payload: the number counts, but the packet
      // carries nothing for receivers.
      header.payloadLength = 0;
    }
    if (!stream || stream.ssrc !== header.ssrc) stream = this.startStream(index, header.ssrc);
    const { now } = this.environment;
    const accepted = stream.accept(header, source, this.environment.store, repaired, now);
    if (accepted !== Accepted.No && stream.foundGap) this.transport.requestBy(now + REORDERING_GRACE);
    const activity = this.activities[index]!;
    // Also when paused: a consumer must not compare the new numbers with the old ones when it takes
    // packets again.
    if (accepted === Accepted.Restarted) this.restartStream(index, stream);
    if (accepted === Accepted.No || this.paused) return;
    if (this.sound && !this.sounds(this.sound, index, stream, header, source, accepted)) return;
    if (accepted === Accepted.Empty) {
      const { forwarding } = activity;
      for (let i = 0; i < forwarding.length; i++) forwarding[i]!.skip(stream, stream.sequence);
      return;
    }
    if (this.kind === 'video') {
      this.layers.note(index, stream.frame, stream.length, now, header.timestamp);
      if (!this.arriving[index] || (this.isSimulcast && now - this.arrivalsCheckedAt >= ARRIVALS_INTERVAL))
        this.checkArrivals(now);
    }
    const { forwarding, waiting } = activity;
    for (let i = 0; i < forwarding.length; ) i = this.forwardFrom(i, forwarding, stream, header);
    if (stream.frame.isKeyFrame) for (let i = 0; i < waiting.length; ) i = this.startFrom(i, waiting, index, stream);
  }

  /**
   * Unwraps a RED packet to the plain one that it carries, after receiving the missing ones before
   * it. These count as repaired: the publisher must learn the loss of its path.
   */
  private unwrap(index: number, header: RtpHeader, source: Uint8Array): void {
    if (!blocks.parse(source, header.payloadOffset, header.payloadLength)) return;
    const { count } = blocks;
    const { payloadType } = this.encoding;
    if (blocks.payloadTypes[count - 1] !== payloadType) return;
    const { sequenceNumber, timestamp, marker } = header;
    const stream = this.streams[index];
    header.payloadType = payloadType;
    if (stream?.ssrc === header.ssrc) {
      header.marker = 0;
      for (let i = 0; i < count - 1; i++) {
        // A publisher's redundant blocks are those of the packets right before (libwebrtc never
        // skips one).
        const number = (sequenceNumber - (count - 1 - i)) & 0xffff;
        if (blocks.payloadTypes[i] !== payloadType || blocks.timestampOffsets[i] === 0) continue;
        if (blocks.lengths[i] === 0 || !stream.lacks(number)) continue;
        header.sequenceNumber = number;
        header.timestamp = (timestamp - blocks.timestampOffsets[i]!) | 0;
        header.payloadOffset = blocks.offsets[i]!;
        header.payloadLength = blocks.lengths[i]!;
        this.receive(index, header, source, true);
      }
    }
    header.sequenceNumber = sequenceNumber;
    header.timestamp = timestamp;
    header.marker = marker;
    header.payloadOffset = blocks.offsets[count - 1]!;
    header.payloadLength = blocks.lengths[count - 1]!;
  }

  /** From now on its sound counts among those of its router. */
  joinSpeakers(speakers: RouterSpeakers): void {
    this.speakers = speakers;
    this.sound = speakers.add(this.id, this.encoding.clockRate);
  }

  leaveSpeakers(): void {
    if (this.sound) this.speakers!.remove(this.sound);
    this.sound = this.speakers = undefined;
  }

  addConsumer(consumer: Consumer): void {
    this.consumers.add(consumer);
    this.updateConsumer(consumer);
  }

  removeConsumer(consumer: Consumer): void {
    this.consumers.delete(consumer);
    consumer.isActive = false;
    this.place(consumer, NO_STREAM, NO_STREAM);
  }

  /** Re-decides whether a consumer takes packets; call it when its transport or a pause changed. */
  updateConsumer(consumer: Consumer): void {
    const isWanted = !consumer.paused && !this.paused && !consumer.isClosed;
    const isActive = isWanted && consumer.transport.isConnected;
    if (isActive === consumer.isActive) {
      if (isWanted && consumer.transport.isConnecting) this.expect(consumer);
      return;
    }
    consumer.isActive = isActive;
    if (this.selectStream(consumer)) consumer.begin();
  }

  /**
   * Decides again which stream a consumer takes: the wanted one if it arrives, else the next lower,
   * else the next higher. The consumer keeps its current stream until a key frame of the other.
   * Answers whether it waits for a stream that it did not wait for before.
   */
  selectStream(consumer: Consumer): boolean {
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

  /** The next packet for a consumer must begin a key frame. */
  awaitKeyFrame(consumer: Consumer): void {
    const index = consumer.awaited === NO_STREAM ? consumer.forwarded : consumer.awaited;
    this.place(consumer, NO_STREAM, index);
  }

  /** A consumer that waited for this stream starts to forward it. */
  streamStarted(consumer: Consumer, index: number): void {
    this.place(consumer, index, NO_STREAM);
  }

  pause(): void {
    this.setPaused(true);
  }

  resume(): void {
    this.setPaused(false);
  }

  /**
   * Requests a key frame of one stream from the publisher, not before this time (milliseconds),
   * merged with other requests for it. Answers whether that changed anything. Sound needs none.
   */
  requestKeyFrame(index: number, notBefore = this.environment.now): boolean {
    const requests = this.streams[index]?.keyFrameRequests;
    if (this.kind !== 'video' || !requests) return false;
    const changes = requests.request(notBefore);
    // Also without a change: a request may have been due while the publisher was away.
    this.transport.requestBy(requests.nextAt());
    return changes;
  }

  /**
   * Requests a key frame at once for a receiver without a picture: recent requests for others must
   * not delay it.
   */
  requestFirstKeyFrame(index: number): boolean {
    const requests = this.streams[index]?.keyFrameRequests;
    if (this.kind !== 'video' || !requests) return false;
    const changes = requests.requestFirst(this.environment.now);
    this.transport.requestBy(requests.nextAt());
    return changes;
  }

  /**
   * The loss, 0-255, against which an encoder with forward error correction must protect: the worst
   * of its receivers.
   */
  lossOfReceivers(now: number): number {
    if (!this.encoding.inbandFec) return 0;
    let worst = 0;
    for (const consumer of this.consumers) {
      if (consumer.isActive) worst = Math.max(worst, consumer.recentFractionLost(now));
    }
    return Math.min(MAX_RECEIVER_LOSS, Math.floor(worst * 256));
  }

  stats(): ProducerStats {
    return {
      id: this.id,
      kind: this.kind,
      consumers: this.consumers.size,
      streams: this.streams.filter((stream) => stream !== undefined).map((stream) => stream.stats()),
    };
  }

  /**
   * Answers where to continue: at the end, or after a consumer whose transport had to end because
   * forwarding to it threw.
   */
  private forwardFrom(
    first: number,
    consumers: readonly Consumer[],
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

  private startFrom(first: number, consumers: readonly Consumer[], index: number, stream: ProducerStream): number {
    let i = first;
    try {
      for (; i < consumers.length; i++) consumers[i]!.start(index, stream);
      return i;
    } catch (error) {
      this.environment.fail(consumers[i]!.transport.session, error);
      return i + 1;
    }
  }

  /** Answers whether a packet of sound is forwarded as usual. */
  private sounds(
    sound: Sound,
    index: number,
    stream: ProducerStream,
    header: RtpHeader,
    source: Uint8Array,
    accepted: number,
  ): boolean {
    // Late packets give no information on the present.
    const isNews = accepted !== Accepted.Empty && stream.sequence === stream.statistics.highest;
    if (!isNews || !this.speakers!.note(sound, header, source, this.environment.now)) return sound.isHeard;
    const from = this.lookBack(stream, header.timestamp);
    const { forwarding, waiting } = this.activities[index]!;
    for (let i = 0; i < forwarding.length; ) i = this.rejoinFrom(i, forwarding, index, stream, from);
    for (let i = 0; i < waiting.length; ) i = this.rejoinFrom(i, waiting, index, stream, from);
    return false;
  }

  /**
   * The number of the first packet that receivers get of a sound that becomes one of the loudest:
   * its loudness shows only in the middle of a syllable. The packets keep their timestamps, so that
   * audio and video stay synchronized.
   */
  private lookBack(stream: ProducerStream, timestamp: number): number {
    const { history } = stream;
    const longest = (LOOK_BACK * this.encoding.clockRate) / 1000;
    let from = stream.sequence;
    for (let sequence = from - 1; sequence > stream.sequence - history.capacity; sequence--) {
      const slot = history.find(sequence);
      if (slot < 0 || history.length(slot) === 0) break;
      const age = (timestamp - history.timestamp(slot)) | 0;
      if (age < 0 || age > longest || !this.environment.store.holds(history.position(slot))) break;
      from = sequence;
    }
    return from;
  }

  private rejoinFrom(
    first: number,
    consumers: readonly Consumer[],
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

  private setPaused(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    if (paused) for (const stream of this.streams) stream?.endMapping();
    for (const consumer of this.consumers) this.updateConsumer(consumer);
  }

  private startStream(index: number, ssrc: number): ProducerStream {
    const { payloadType, clockRate, nack, fullIntraOnly, mimeType, streams } = this.encoding;
    const isVideo = this.kind === 'video';
    const { rid } = streams[index]!;
    const stream = new ProducerStream({
      ssrc,
      payloadType,
      clockRate,
      isVideo,
      classifier: createClassifier(mimeType, streams.length > 1),
      keepsDescriptor: this.keepsDescriptor,
      nack,
      fullIntraOnly,
      ...(rid ? { rid } : {}),
    });
    this.streams[index] = stream;
    this.awaitAgain(index);
    return stream;
  }

  private restartStream(index: number, stream: ProducerStream): void {
    for (const consumer of this.consumers) consumer.streamRestarted(stream);
    this.awaitAgain(index, stream.frame.isKeyFrame);
  }

  /**
   * Every consumer that forwards the stream at this index, or waits for it, needs a key frame of
   * the restarted one.
   */
  private awaitAgain(index: number, isThere = false): void {
    for (const consumer of this.activities[index]!.forwarding) this.place(consumer, NO_STREAM, index);
    if (!isThere && this.activities[index]!.waiting.length > 0) this.requestKeyFrame(index);
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
  private expect(consumer: Consumer): void {
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
  private place(consumer: Consumer, forwarded: number, awaited: number): void {
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

export const NO_STREAM = -1;

/** Of the current RED packet; receiving the packets that it carries parses no other. */
const blocks = new RedundantBlocks();

/**
 * A quarter: encoders protect against 20 % at most, and a receiver that lies costs the others no
 * more than that.
 */
const MAX_RECEIVER_LOSS = 64;
/** Milliseconds between two checks of which streams arrive. */
const ARRIVALS_INTERVAL = 100;
/**
 * Milliseconds: a consonant and the packets that show it loud. Older packets would arrive too late
 * for most receivers.
 */
const LOOK_BACK = 100;
