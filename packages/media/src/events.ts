/** What the engine tells its host. A close asked for by the caller is told only for what closes as a consequence of it. */
export type EngineEvent =
  | { type: 'transport.state'; transportId: string; state: 'new' | 'connecting' | 'connected' | 'disconnected' }
  | { type: 'transport.closed'; transportId: string; reason: TransportCloseReason }
  | { type: 'producer.closed'; producerId: string; reason: 'transport-closed' | 'router-closed' }
  | { type: 'consumer.closed'; consumerId: string; reason: 'producer-closed' | 'transport-closed' | 'router-closed' }
  | EngineFault;

/** A broken invariant: it ended the transport concerned, if there was one, and nothing else. For the log. */
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
