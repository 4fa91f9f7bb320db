/**
 * What the engine tells its host. A close asked for by the caller is told only for what closes as a
 * consequence of it.
 */
export type EngineEvent =
  | { type: 'transport.state'; transportId: string; state: 'new' | 'connecting' | 'connected' | 'disconnected' }
  | { type: 'transport.closed'; transportId: string; reason: TransportCloseReason }
  | { type: 'producer.closed'; producerId: string; reason: 'transport-closed' | 'router-closed' }
  | { type: 'consumer.closed'; consumerId: string; reason: 'producer-closed' | 'transport-closed' | 'router-closed' }
  | ConsumerLayers
  | ProducerWanted
  | ProducerFlow
  | RouterQuality
  | { type: 'router.speakers'; routerId: string; speakers: ActiveSpeaker[] }
  | EngineFault;

/**
 * Which layers consumers of one transport are meant to get from now on: one event for all that
 * changed within 200 ms.
 */
export interface ConsumerLayers {
  type: 'consumer.layers';
  transportId: string;
  consumers: {
    consumerId: string;
    /** Quality in ascending order; both -1 when it is paused. */
    spatial: number;
    temporal: number;
    cause: LayersCause;
  }[];
}

/**
 * What keeps a consumer from what its tile could show: nothing, the receiver's path, that it is
 * hidden, media that do not arrive.
 */
export type LayersCause = 'none' | 'bandwidth' | 'hidden' | 'no-media';

/**
 * The highest spatial layer that any consumer wants, -1 for none: the publisher need not encode
 * more.
 */
export interface ProducerWanted {
  type: 'producer.wanted';
  /** Its producer's. */
  transportId: string;
  producerId: string;
  spatial: number;
}

/** Nothing of a producer that is not paused has come for two seconds; or it comes again. */
export interface ProducerFlow {
  type: 'producer.silent' | 'producer.flowing';
  transportId: string;
  producerId: string;
}

/**
 * Transports of one router whose connection quality changed: one event for all each two seconds, and
 * one in between for those that are gone, or back.
 */
export interface RouterQuality {
  type: 'router.quality';
  routerId: string;
  transports: { transportId: string; quality: ConnectionQuality; limitation: QualityLimitation }[];
}

export type ConnectionQuality = 'excellent' | 'good' | 'poor' | 'lost';

/** Whose side it is: the peer's upload, the server, the peer's download, the peer's processor. */
export type QualityLimitation = 'none' | 'upload' | 'server' | 'download' | 'processor';

/**
 * Somebody who is talking. The first of a list is the one who speaks to the others, the rest go by
 * level.
 */
export interface ActiveSpeaker {
  producerId: string;
  /** dBov, -127 (silence) to 0. */
  level: number;
}

/**
 * A broken invariant: it ended the transport concerned, if there was one, and nothing else. For the
 * log.
 */
export interface EngineFault {
  type: 'fault';
  transportId?: string;
  /** The error with its stack. */
  error: string;
}

export type TransportCloseReason =
  | 'ice-timeout'
  | 'consent-expired'
  | 'dtls-failed'
  | 'dtls-closed'
  | 'router-closed'
  | 'flooding'
  | 'internal-error';
