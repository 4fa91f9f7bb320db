import type {
  ConsumerLayers,
  ConsumerParameters,
  ConsumerPreferences,
  DtlsParameters,
  IceParameters,
  MediaKind,
  ProducerFlow,
  ProducerStats,
  ProducerWanted,
  RouterQuality,
  RtpCapabilities,
  RtpParameters,
  TransportParameters,
  TransportStats,
} from '@waterbus/media';

/**
 * Remote control of one media worker process. All arguments and results are ids and plain data, so
 * that the worker may be a child process or a process on another machine. The caller chooses the
 * ids of routers, transports, producers and consumers; to open an open one, or to close a closed
 * one, is not an error. A refused request rejects with a `MediaNodeError`.
 */
export interface MediaNode {
  /** Unique for each incarnation of a worker: a restarted worker is another node. */
  readonly id: string;
  /**
   * `loudest`: the number of audio streams that it forwards at once, 0 for all; for an open router
   * it changes the number.
   */
  openRouter(routerId: string, options?: RouterOptions): Promise<RtpCapabilities>;
  closeRouter(routerId: string): Promise<void>;
  openTransport(request: OpenTransportRequest): Promise<TransportParameters>;
  connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void>;
  restartIce(transportId: string): Promise<IceParameters>;
  /**
   * The share (0-1) of recent video frames that its client could not show in time: for the
   * connection quality.
   */
  reportFramesDropped(transportId: string, share: number): Promise<void>;
  closeTransport(transportId: string): Promise<void>;
  produce(request: ProduceRequest): Promise<void>;
  pauseProducer(producerId: string): Promise<void>;
  resumeProducer(producerId: string): Promise<void>;
  closeProducer(producerId: string): Promise<void>;
  consume(request: ConsumeRequest): Promise<ConsumerParameters>;
  pauseConsumer(consumerId: string): Promise<void>;
  resumeConsumer(consumerId: string): Promise<void>;
  requestKeyFrame(consumerId: string): Promise<void>;
  /**
   * How the receiver shows the picture; this decides the layers it gets. Calls in quick succession
   * count as the last one.
   */
  setConsumerPreferences(consumerId: string, preferences: ConsumerPreferences): Promise<void>;
  closeConsumer(consumerId: string): Promise<void>;
  transportStats(transportId: string): Promise<TransportStats>;
  producerStats(producerId: string): Promise<ProducerStats>;
  /** The latest load report of the worker; refreshed every second. */
  load(): MediaNodeLoad;
  onEvent(listener: (event: MediaNodeEvent) => void): () => void;
}

export interface RouterOptions {
  loudest: number;
}

export interface OpenTransportRequest {
  routerId: string;
  transportId: string;
  /** For its router, as in `RouterOptions`. */
  loudest?: number | undefined;
  /**
   * The accounts that it counts for, for quotas of a layer in front of the engine; the engine has
   * none by account.
   */
  accounts?: { caller?: string | undefined; owner?: string | undefined } | undefined;
}

export interface ProduceRequest {
  transportId: string;
  producerId: string;
  kind: MediaKind;
  rtpParameters: RtpParameters;
  paused: boolean;
}

export interface ConsumeRequest {
  transportId: string;
  consumerId: string;
  producerId: string;
  rtpCapabilities: RtpCapabilities;
  paused: boolean;
}

export interface MediaNodeLoad {
  /** Share of one core in the last second, 0-1. */
  cpu: number;
  transports: number;
  producers: number;
  consumers: number;
  receivedBitsPerSecond: number;
  sentBitsPerSecond: number;
  /**
   * Datagrams lost in the last second: before the worker read them, and before the kernel took
   * them.
   */
  kernelDrops: number;
  queueDrops: number;
}

/** The load of a node before its first report. */
export const NO_LOAD: MediaNodeLoad = {
  cpu: 0,
  transports: 0,
  producers: 0,
  consumers: 0,
  receivedBitsPerSecond: 0,
  sentBitsPerSecond: 0,
  kernelDrops: 0,
  queueDrops: 0,
};

export type MediaNodeEvent =
  | { type: 'transport.state'; transportId: string; state: 'new' | 'connecting' | 'connected' | 'disconnected' }
  | { type: 'transport.closed'; transportId: string; reason: TransportCloseReason }
  | { type: 'producer.closed'; producerId: string; reason: 'transport-closed' | 'router-closed' }
  | { type: 'consumer.closed'; consumerId: string; reason: 'producer-closed' | 'transport-closed' | 'router-closed' }
  | ConsumerLayers
  | ProducerWanted
  | ProducerFlow
  | RouterQuality
  /** The speakers, at each change and every 3 s: the leader first, the rest by level (dBov). */
  | { type: 'router.speakers'; routerId: string; speakers: { producerId: string; level: number }[] }
  | { type: 'lost'; reason: string };

export type TransportCloseReason =
  | 'ice-timeout'
  | 'consent-expired'
  | 'dtls-failed'
  | 'dtls-closed'
  | 'router-closed'
  | 'flooding'
  /** A packet of its peer met a fault of the engine, which ended this transport alone. */
  | 'internal-error';

export type MediaNodeErrorCode =
  | 'not-found'
  | 'invalid-parameters'
  | 'cannot-consume'
  | 'limit-reached'
  | 'internal-error'
  | 'node-lost';

export class MediaNodeError extends Error {
  constructor(
    readonly code: MediaNodeErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'MediaNodeError';
  }
}

/** The media nodes of one Server WS process: one worker per core, restarted when they crash. */
export interface MediaHost {
  nodes(): MediaNode[];
  /** Reports workers that came up (also the replacement of a crashed one) and lost ones. */
  onChange(listener: (change: { type: 'added' | 'lost'; node: MediaNode }) => void): () => void;
  close(): Promise<void>;
}
