/** What the engine tells its host. A close asked for by the caller is told only for what closes as a consequence of it. */
export type EngineEvent =
  | { type: 'transport.state'; transportId: string; state: 'new' | 'connecting' | 'connected' | 'disconnected' }
  | { type: 'transport.closed'; transportId: string; reason: TransportCloseReason }
  | { type: 'producer.closed'; producerId: string; reason: 'transport-closed' | 'router-closed' }
  | { type: 'consumer.closed'; consumerId: string; reason: 'producer-closed' | 'transport-closed' | 'router-closed' };

export type TransportCloseReason = 'ice-timeout' | 'consent-expired' | 'dtls-failed' | 'dtls-closed' | 'router-closed';
