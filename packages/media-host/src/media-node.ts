import type {
  ConnectionQuality,
  ConsumerCloseReason,
  ConsumerLayers,
  ProducerFlow,
  ProducerWanted,
  RouterQuality,
} from '@waterbus/media';
import type { PacketIoCounters } from '@waterbus/packet-io';
import type { Distribution } from '@waterbus/telemetry';
import type { MediaNodeCalls } from './calls/media-calls.js';

/**
 * Remote control of one media worker process, which may be a child process or a process on another
 * machine.
 */
export interface MediaNode extends MediaNodeCalls {
  /** Unique for each incarnation of a worker: a restarted worker is another node. */
  readonly id: string;
  /** The latest load report of the worker; refreshed every second. */
  load(): MediaNodeLoad;
  onEvent(listener: (event: MediaNodeEvent) => void): () => void;
}

/** A media node whose worker is a process of this host. */
export interface HostedMediaNode extends MediaNode {
  /**
   * The forwarding that each sending transport causes, by its unpaused consumers; those without any
   * are missing. Of the latest load report.
   */
  forwardingWeights(): ForwardingWeights;
  /** The UDP addresses of its candidates, also those before a change, which open transports use. */
  endpoints(): readonly Endpoint[];
  /** Its place among the workers of this host, from 0; a restarted worker takes the same one. */
  readonly place: number;
  /** Of the latest load report; undefined before the first. */
  figures(): WorkerFigures | undefined;
  /** Whether it accepts ICE-TCP, at the port numbers of its workers. */
  readonly acceptsTcp: boolean;
}

export interface Endpoint {
  address: string;
  port: number;
}

/** Transports with their weights, in packets of any unit. */
export type ForwardingWeights = readonly (readonly [transportId: string, weight: number])[];

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

/** Totals of a worker process since its start, and gauges at the end. Plain data. */
export interface WorkerFigures {
  /** Of its sockets, its DTLS and its SRTP. */
  io: Readonly<PacketIoCounters>;
  /** Seconds of processors, by all its threads. */
  cpuSeconds: number;
  /** Broken invariants of the engine. */
  faults: number;
  /** Seconds from a packet's arrival in the kernel until its copies are sent, in samples. */
  forwardingDelay: Distribution;
  /** Seconds by which timers of the event loop were late. */
  eventLoopDelay: Distribution;
  /** Of the connected transports, each read every few seconds; seconds, and bytes per second. */
  roundTripTime: Distribution;
  availableBandwidth: Distribution;
  /** Shares of lost packets, 0-1, in intervals of a few seconds with packets. */
  receivedLoss: Distribution;
  sentLoss: Distribution;
  /** Media packets lost on the way from clients, before repair, and to clients. */
  receivedLost: number;
  sentLost: number;
  /** Gauges: connected transports by protocol, and by connection quality. */
  connections: { udp: number; tcp: number };
  qualities: Record<ConnectionQuality, number>;
  pipes: PipeFigures;
}

/** Of the pipes from other media nodes to this one. */
export interface PipeFigures {
  open: number;
  /** Packets and bytes of RTP and RTCP that came from the other nodes, and that left to them. */
  received: { packets: number; bytes: number };
  sent: { packets: number; bytes: number };
  /** Media packets lost on the way from the other nodes, before repair. */
  lost: number;
  /** Pipes with a node that did not answer, or not any more. */
  failures: number;
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
  | { type: 'consumer.closed'; consumerId: string; reason: ConsumerCloseReason }
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
  nodes(): HostedMediaNode[];
  /** Workers lost since the start: they crashed or hung. */
  losses(): number;
  /** Reports workers that came up (also the replacement of a crashed one) and lost ones. */
  onChange(listener: (change: { type: 'added' | 'lost'; node: HostedMediaNode }) => void): () => void;
  close(): Promise<void>;
}
