import type { RoomChange, ServerEvent, ServerEventName } from '@waterbus/protocol';

/** The operations of a participant that its media use. */
export interface MediaOwner {
  readonly participantId: string;
  readonly roomId: string;
  /** Not shown in the room. */
  readonly hidden: boolean;
  /** The accounts of its transports, besides the room's. */
  readonly accounts: { caller?: string | undefined; owner?: string | undefined };
  /**
   * Maximum number of sounds that a media node forwards at once in its room, 0 for all; undefined
   * while unknown.
   */
  readonly loudest: number | undefined;
  /** Sends to the participant's client, now or when it is back. */
  emit<N extends ServerEventName>(name: N, event: ServerEvent<N>): void;
  /**
   * Sends to a connected client only. A client that resumes is notified of the current state
   * (`present`).
   */
  emitLive<N extends ServerEventName>(name: N, event: ServerEvent<N>): void;
  /**
   * Changes the room for the participant. Rejects with a `CodedError` when this node may no longer
   * change it.
   */
  change(change: RoomChange): Promise<void>;
  /** Reports an error of work for which no request waits. */
  failed(what: string, error: unknown): void;
}
