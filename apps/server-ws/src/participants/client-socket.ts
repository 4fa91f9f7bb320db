import type { ServerEvent, ServerEventName } from '@waterbus/protocol';

/** The socket of a client, as its participant uses it. */
export interface ClientSocket {
  /** The network of the client, for quotas. */
  readonly caller: string;
  emit<N extends ServerEventName>(name: N, event: ServerEvent<N>): void;
  /** Ends the socket once all events are sent. */
  end(): void;
}
