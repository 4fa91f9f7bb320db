import type { ServerEvent, ServerEventName } from '@waterbus/protocol';

/** The way to a client: its socket. */
export interface Outlet {
  tell<N extends ServerEventName>(name: N, event: ServerEvent<N>): void;
  /** Ends the socket once all that was told is on its way. */
  end(): void;
}
