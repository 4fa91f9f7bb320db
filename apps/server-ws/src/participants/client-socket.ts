import type { ServerEvent, ServerEventName } from '@waterbus/protocol';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SharedEvent } from '../rooms/shared-event.js';

/** The socket of a client, as its participant uses it. */
export interface ClientSocket {
  /** The network of the client, for quotas. */
  readonly caller: string;
  emit<N extends ServerEventName>(name: N, event: ServerEvent<N>): void;
  /** As `emit`, for an event that many clients receive. */
  emitShared(event: SharedEvent): void;
  /** Sends the events of the batch from this index on, as `room`. */
  emitRoom(batch: RoomEvents, first: number): void;
  /** Ends the socket once all events are sent. */
  end(): void;
}
