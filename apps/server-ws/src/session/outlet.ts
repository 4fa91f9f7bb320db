import type { ServerEvent, ServerEventName } from '@waterbus/protocol';

/** The way to a client: its socket. */
export interface Outlet {
  /** The network that the client connects from, for quotas. */
  readonly caller: string;
  tell<N extends ServerEventName>(name: N, event: ServerEvent<N>): void;
  /** Ends the socket once all that was told is on its way. */
  end(): void;
}
