import type { MediaKind } from '../api/types.js';
import type { RtpHeader } from '../rtp/header.js';
import type { MeasuredLayers } from './measured-layers.js';
import type { ProducerStream } from './producer-stream.js';

/** A producer as its consumers see it. */
export interface ConsumerSource {
  /** The producer's. */
  readonly id: string;
  readonly kind: MediaKind;
  readonly paused: boolean;
  /** One for each encoding, ascending in quality; undefined before its first packet. */
  readonly streams: readonly (ProducerStream | undefined)[];
  /** It has several streams, and each receiver gets one of them. */
  readonly isSimulcast: boolean;
  readonly layers: MeasuredLayers;
  /** Its packets have dependency descriptors, as far as the publisher sends them. */
  readonly keepsDescriptor: boolean;
  /** Picture ids of a receiver close over pictures that it does not get. */
  readonly closesPictures: boolean;
  /** Re-decides whether a consumer takes packets; call it when its transport or a pause changed. */
  update(consumer: SourceConsumer): void;
  /**
   * Decides again which stream a consumer takes: the wanted one if it arrives, else the next lower,
   * else the next higher. The consumer keeps its current stream until a key frame of the other.
   * Answers whether it waits for a stream that it did not wait for before.
   */
  selectStream(consumer: SourceConsumer): boolean;
  /** The next packet for a consumer must begin a key frame. */
  awaitKeyFrame(consumer: SourceConsumer): void;
  /** A consumer that waited for this stream starts to forward it. */
  streamStarted(consumer: SourceConsumer, index: number): void;
  /**
   * Requests a key frame of one stream from the publisher, not before this time (milliseconds),
   * merged with other requests for it. Answers whether that changed anything. Sound needs none.
   */
  requestKeyFrame(index: number, notBefore?: number): boolean;
  /**
   * Requests a key frame at once for a receiver without a picture: recent requests for others must
   * not delay it.
   */
  requestFirstKeyFrame(index: number): boolean;
}

/** A consumer as its source sees it. */
export interface SourceConsumer {
  readonly transport: { readonly session: number; readonly isConnected: boolean; readonly isConnecting: boolean };
  readonly paused: boolean;
  readonly isClosed: boolean;
  /** The target layers, as far as they arrive; a spatial layer of -1: nothing. */
  readonly target: { readonly spatial: number };
  /** Set by the source: the transport is connected, neither side paused. */
  isActive: boolean;
  /**
   * Kept by the source: the index of the stream that it forwards, and of the one whose key frame it
   * waits for.
   */
  forwarded: number;
  awaited: number;
  /**
   * Waits for the stream that the source has chosen, or starts at once if it forwards nothing yet.
   */
  begin(): void;
  /**
   * Starts at the packet that `stream`, at `index` of the source's, accepted last: it begins a key
   * frame.
   */
  start(index: number, stream: ProducerStream): void;
  /**
   * Resumes a stream that it did not forward for a while: with the packets from `from` on, all of
   * which are in the history.
   */
  rejoin(index: number, stream: ProducerStream, from: number): void;
  /** Forwards the packet that its stream accepted last. */
  forward(stream: ProducerStream, header: RtpHeader): void;
  /** The stream's number `sequence` carries nothing: the receiver's numbers close over it. */
  skip(stream: ProducerStream, sequence: number): void;
  /** The stream's numbers have restarted. */
  streamRestarted(stream: ProducerStream): void;
  /**
   * Its transport is about to connect: requests a key frame to arrive by then, or a little later.
   */
  requestKeyFrameAhead(index: number, stream: ProducerStream): void;
  /** 0 without a recent report of the receiver. */
  recentFractionLost(now: number): number;
}

export const NO_STREAM = -1;
