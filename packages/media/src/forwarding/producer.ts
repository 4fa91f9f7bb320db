// Hot path: no allocation per packet.
import type { MediaKind, ProducerStats, RtpParameters } from '../api/types.js';
import { createClassifier } from '../codecs/classifier.js';
import type { ProducerEncoding } from '../ortc/producer-encoding.js';
import { RedundantBlocks } from '../red/redundant-blocks.js';
import type { RtpHeader } from '../rtp/header.js';
import type { ForwardingEnvironment } from './environment.js';
import { MeasuredLayers } from './measured-layers.js';
import { Accepted, ProducerStream, REORDERING_GRACE } from './producer-stream.js';

/** The parts of its transport that a producer needs. */
export interface ProducerTransport {
  /** A request to the publisher is due at this time (milliseconds) at the latest. */
  requestBy(time: number): void;
}

/** The consumers of a producer, as it sees them. */
export interface ProducerOutput {
  /** Current number of consumers. */
  readonly size: number;
  /** Forwards the packet that a stream accepted last; `isEmpty`: it carries nothing. */
  take(index: number, stream: ProducerStream, header: RtpHeader, source: Uint8Array, isEmpty: boolean): void;
  /** Of video, before `take`: a packet of this stream arrived, and its layers are measured. */
  noteArrival(index: number): void;
  /**
   * Every consumer that forwards the stream at this index, or waits for it, needs a key frame of
   * the new one. `isKeyFrame`: its packet accepted last begins one.
   */
  streamBegan(index: number, isKeyFrame: boolean): void;
  /** The stream's numbers have restarted: it begins anew. */
  streamRestarted(index: number, stream: ProducerStream): void;
  pauseChanged(): void;
  /** The highest share of loss among its receivers, 0-1. */
  worstFractionLost(now: number): number;
}

/** One track that a participant publishes, in one or several encodings. */
export class Producer {
  /** One for each encoding, ascending in quality; undefined before its first packet. */
  readonly streams: (ProducerStream | undefined)[];
  /** It has several streams, and each receiver gets one of them. */
  readonly isSimulcast: boolean;
  isClosed = false;
  /** Set by its router before the first packet. */
  output!: ProducerOutput;
  /** The current costs of its layers. Spatial layers of a simulcast producer are its streams. */
  readonly layers: MeasuredLayers;
  /** Its packets have dependency descriptors, as far as the publisher sends them. */
  readonly keepsDescriptor: boolean;

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
    this.isSimulcast = count > 1;
    this.layers = new MeasuredLayers(
      this.isSimulcast,
      this.isSimulcast ? count : encoding.spatialLayers,
      encoding.temporalLayers,
    );
    this.keepsDescriptor = encoding.mimeType === 'video/av1';
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
    const { now, store } = this.environment;
    const accepted = stream.accept(header, source, store, repaired, now);
    if (accepted === Accepted.No) return;
    if (stream.foundGap) this.transport.requestBy(now + REORDERING_GRACE);
    // Also when paused: a consumer must not compare the new numbers with the old ones when it takes
    // packets again.
    if (accepted === Accepted.Restarted) this.output.streamRestarted(index, stream);
    if (this.paused) return;
    const isEmpty = accepted === Accepted.Empty;
    if (this.kind === 'video' && !isEmpty) {
      this.layers.note(index, stream.frame, stream.length, now, header.timestamp);
      this.output.noteArrival(index);
    }
    this.output.take(index, stream, header, source, isEmpty);
  }

  pause(): void {
    this.setPaused(true);
  }

  resume(): void {
    this.setPaused(false);
  }

  /** See `ConsumerSource`. */
  requestKeyFrame(index: number, notBefore = this.environment.now): boolean {
    const requests = this.streams[index]?.keyFrameRequests;
    if (this.kind !== 'video' || !requests) return false;
    const changes = requests.request(notBefore);
    // Also without a change: a request may have been due while the publisher was away.
    this.transport.requestBy(requests.nextAt());
    return changes;
  }

  /** See `ConsumerSource`. */
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
    return Math.min(MAX_RECEIVER_LOSS, Math.floor(this.output.worstFractionLost(now) * 256));
  }

  stats(): ProducerStats {
    return {
      id: this.id,
      kind: this.kind,
      consumers: this.output.size,
      streams: this.streams.filter((stream) => stream !== undefined).map((stream) => stream.stats()),
    };
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

  private setPaused(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    if (paused) for (const stream of this.streams) stream?.endMapping();
    this.output.pauseChanged();
  }

  private startStream(index: number, ssrc: number): ProducerStream {
    const { payloadType, clockRate, nack, fullIntraOnly, mimeType, streams } = this.encoding;
    const { rid } = streams[index]!;
    const stream = new ProducerStream({
      ssrc,
      payloadType,
      clockRate,
      isVideo: this.kind === 'video',
      classifier: createClassifier(mimeType, this.isSimulcast),
      keepsDescriptor: this.keepsDescriptor,
      nack,
      fullIntraOnly,
      ...(rid ? { rid } : {}),
    });
    this.streams[index] = stream;
    this.output.streamBegan(index, false);
    return stream;
  }
}

/** Of the current RED packet; receiving the packets that it carries parses no other. */
const blocks = new RedundantBlocks();

/**
 * A quarter: encoders protect against 20 % at most, and a receiver that lies costs the others no
 * more than that.
 */
const MAX_RECEIVER_LOSS = 64;
