// Hot path: no allocation per packet.
import type { KeyFrameDetector } from '../codecs/key-frame.js';
import type { RtpHeader } from '../rtp/header.js';
import type { Surroundings } from '../transport/surroundings.js';
import type { MediaKind, ProducerStats, RtpParameters } from '../types.js';
import type { Consumer } from './consumer.js';
import { Accepted, ProducerStream } from './producer-stream.js';

/** What a producer needs of the transport it receives through. */
export interface ProducerTransport {
  /** Something is to be asked of the publisher at this time (milliseconds) at the latest. */
  requestBy(time: number): void;
}

/** How a producer's packets look on the wire and what they become; made by `ortc/`. */
export interface ProducerEncoding {
  payloadType: number;
  /** -1 without RTX. */
  rtxPayloadType: number;
  clockRate: number;
  nack: boolean;
  fullIntraOnly: boolean;
  /** The publisher's encoder protects sound against the loss it is told of (RFC 7587 section 6.1, `useinbandfec`). */
  inbandFec: boolean;
  detectKeyFrame: KeyFrameDetector;
  ssrc?: number;
  rtxSsrc?: number;
  rid?: string;
}

/** One track that a participant publishes, and whoever consumes it. */
export class Producer {
  stream: ProducerStream | undefined;
  isClosed = false;
  /** Everybody who consumes it. */
  readonly consumers = new Set<Consumer>();
  /** Those who take packets now. */
  private active: Consumer[] = [];

  constructor(
    readonly id: string,
    readonly kind: MediaKind,
    /** As the publisher sends. */
    readonly rtpParameters: RtpParameters,
    /** As the router's consumers see it, before a receiver's capabilities are applied. */
    readonly consumableParameters: RtpParameters,
    readonly encoding: ProducerEncoding,
    public paused: boolean,
    private readonly transport: ProducerTransport,
    private readonly surroundings: Surroundings,
  ) {}

  /** Takes a packet of its media stream, or what RTX brought back of it. `header` is the media packet's. */
  receive(header: RtpHeader, source: Uint8Array, arrivedAt: number, repaired: boolean): void {
    let stream = this.stream;
    if (header.payloadType !== this.encoding.payloadType) {
      if (stream?.ssrc !== header.ssrc) return;
      // Comfort noise, telephone events, whatever it is: its number counts, and it carries nothing for receivers.
      header.payloadLength = 0;
    }
    if (!stream || stream.ssrc !== header.ssrc) {
      stream = this.startStream(header.ssrc);
    }
    const firstAsk = this.surroundings.now + REORDERING_GRACE;
    const accepted = stream.accept(header, source, this.surroundings.store, arrivedAt, repaired, firstAsk);
    if (accepted !== Accepted.No && stream.foundGap) this.transport.requestBy(firstAsk);
    // Paused or not: a consumer must not hold the old numbers against the new ones when it takes packets again.
    if (accepted === Accepted.Restarted) for (const consumer of this.consumers) consumer.streamRestarted();
    if (accepted === Accepted.No || this.paused) return;
    const active = this.active;
    if (accepted === Accepted.Empty) {
      for (let i = 0; i < active.length; i++) active[i]!.skip(stream, stream.sequence);
      return;
    }
    if (accepted === Accepted.Restarted && active.length > 0 && !stream.isKeyFrame) this.requestKeyFrame();
    for (let i = 0; i < active.length; ) i = this.forwardFrom(i, active, stream, header);
    if (header.marker && active.length > 0) this.surroundings.sendQueue.frameEnded = true;
  }

  addConsumer(consumer: Consumer): void {
    this.consumers.add(consumer);
    this.updateConsumer(consumer);
  }

  removeConsumer(consumer: Consumer): void {
    this.consumers.delete(consumer);
    consumer.isActive = false;
    this.active = this.active.filter((other) => other !== consumer);
  }

  /** Re-decides whether a consumer takes packets; call it when its transport or a pause changed. */
  updateConsumer(consumer: Consumer): void {
    const isActive = consumer.transport.isConnected && !consumer.paused && !this.paused && !consumer.isClosed;
    if (isActive === consumer.isActive) return;
    consumer.isActive = isActive;
    if (isActive) {
      this.active.push(consumer);
      consumer.desynchronize();
      consumer.requestKeyFrame();
    } else {
      this.active = this.active.filter((other) => other !== consumer);
    }
  }

  pause(): void {
    this.setPaused(true);
  }

  resume(): void {
    this.setPaused(false);
  }

  /**
   * Asks the publisher for a key frame, not before this time (milliseconds), merged with what others ask. Answers whether
   * that made a difference. Sound needs none.
   */
  requestKeyFrame(notBefore = this.surroundings.now): boolean {
    const requests = this.stream?.keyFrameRequests;
    if (this.kind !== 'video' || !requests) return false;
    const changes = requests.request(notBefore);
    // Also when it changes nothing: the publisher may have been away when one was due.
    this.transport.requestBy(requests.nextAt());
    return changes;
  }

  /** The loss, 0-255, that an encoder with forward error correction is to protect against: the worst of its receivers. */
  lossOfReceivers(now: number): number {
    if (!this.encoding.inbandFec) return 0;
    let worst = 0;
    for (const consumer of this.active) worst = Math.max(worst, consumer.recentFractionLost(now));
    return Math.min(MAX_RECEIVER_LOSS, Math.floor(worst * 256));
  }

  stats(): ProducerStats {
    return {
      id: this.id,
      kind: this.kind,
      consumers: this.consumers.size,
      streams: this.stream ? [this.stream.stats()] : [],
    };
  }

  /** Answers where to go on: at the end, or behind a consumer whose transport had to end because forwarding to it threw. */
  private forwardFrom(first: number, active: readonly Consumer[], stream: ProducerStream, header: RtpHeader): number {
    let i = first;
    try {
      for (; i < active.length; i++) active[i]!.forward(stream, header);
      return i;
    } catch (error) {
      this.surroundings.fail(active[i]!.transport.session, error);
      return i + 1;
    }
  }

  private setPaused(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    if (paused) this.stream?.endMapping();
    for (const consumer of this.consumers) this.updateConsumer(consumer);
  }

  private startStream(ssrc: number): ProducerStream {
    const { payloadType, clockRate, nack, fullIntraOnly, detectKeyFrame, rid } = this.encoding;
    const isVideo = this.kind === 'video';
    this.stream = new ProducerStream({
      ssrc,
      payloadType,
      clockRate,
      isVideo,
      detectKeyFrame,
      nack,
      fullIntraOnly,
      ...(rid ? { rid } : {}),
    });
    if (this.active.length > 0) this.requestKeyFrame();
    return this.stream;
  }
}

/** A quarter: encoders protect against 20 % at most, and one receiver that lies costs the others no more than that. */
const MAX_RECEIVER_LOSS = 64;
/** Packets overtake each other by a few milliseconds on real paths; asking at once would ask in vain. */
const REORDERING_GRACE = 5;
