/**
 * The engine's events for its host. For a close that the caller requests, only the objects that
 * close as a consequence have events.
 */
export type EngineEvent =
  | { type: 'transport.state'; transportId: string; state: 'new' | 'connecting' | 'connected' | 'disconnected' }
  | { type: 'transport.closed'; transportId: string; reason: TransportCloseReason }
  | { type: 'producer.closed'; producerId: string; reason: 'transport-closed' | 'router-closed' }
  | { type: 'consumer.closed'; consumerId: string; reason: ConsumerCloseReason }
  | ConsumerLayers
  | ProducerWanted
  | ProducerFlow
  | RouterQuality
  | { type: 'router.speakers'; routerId: string; speakers: ActiveSpeaker[] }
  | EngineFault;

/** `replaced`: another consumer fills its media section. */
export type ConsumerCloseReason = 'producer-closed' | 'transport-closed' | 'router-closed' | 'replaced';

/** The target layers of one transport's consumers: one event for all changes within 200 ms. */
export interface ConsumerLayers {
  type: 'consumer.layers';
  transportId: string;
  consumers: {
    consumerId: string;
    /** Ascending in quality; both -1 when the consumer is paused. */
    spatial: number;
    temporal: number;
    cause: LayersCause;
  }[];
}

/**
 * The reason that a consumer gets less than its tile could show: none, the receiver's path, a
 * hidden tile, media that do not arrive.
 */
export type LayersCause = 'none' | 'bandwidth' | 'hidden' | 'no-media';

/**
 * The highest spatial layer that any consumer wants, -1 for none: the publisher need not encode
 * more.
 */
export interface ProducerWanted {
  type: 'producer.wanted';
  /** The producer's transport. */
  transportId: string;
  producerId: string;
  spatial: number;
}

/** No packet of an unpaused producer has arrived for two seconds; or packets arrive again. */
export interface ProducerFlow {
  type: 'producer.silent' | 'producer.flowing';
  transportId: string;
  producerId: string;
}

/**
 * The transports of one router whose connection quality, or list of unintelligible sounds, changed:
 * one event for all each two seconds, and one in between for peers that are gone, or back.
 */
export interface RouterQuality {
  type: 'router.quality';
  routerId: string;
  transports: {
    transportId: string;
    quality: ConnectionQuality;
    limitation: QualityLimitation;
    /**
     * The producers of sound of which the peer loses so much, after repair, that it does not
     * understand speech; absent: none.
     */
    unintelligible?: readonly string[];
  }[];
}

export type ConnectionQuality = 'excellent' | 'good' | 'poor' | 'lost';

/** The limiting side: the peer's upload, the server, the peer's download, the peer's processor. */
export type QualityLimitation = 'none' | 'upload' | 'server' | 'download' | 'processor';

/**
 * A participant who talks. The first of a list is the dominant speaker; the rest are in order of
 * level.
 */
export interface ActiveSpeaker {
  producerId: string;
  /** dBov, -127 (silence) to 0. */
  level: number;
}

/** A broken invariant. It ended the transport concerned, if any, and nothing else. For the log. */
export interface EngineFault {
  type: 'fault';
  transportId?: string;
  /** The router of the transport, while that is open. */
  routerId?: string;
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
