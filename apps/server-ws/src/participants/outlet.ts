import type { ServerEvent, ServerEventName } from '@waterbus/protocol';

/** The channel to a client: its socket. */
export interface Outlet {
  /** The network of the client, for quotas. */
  readonly caller: string;
  tell<N extends ServerEventName>(name: N, event: ServerEvent<N>): void;
  /** Ends the socket once all events are on their way. */
  end(): void;
}
