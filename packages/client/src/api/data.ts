import type { RemoteParticipant } from './participants.js';

/** A message to participants of the call. The servers do not store it. */
export interface OutgoingData {
  /** Chosen by the application, 1 to 64 characters: receivers distinguish messages by it. */
  topic: string;
  /** Text or bytes: at most 8,192 bytes, text in UTF-8. */
  payload: string | Uint8Array;
  /** Ids of at most 100 participants; left out: all others in the call. */
  to?: readonly string[];
}

/** A data message of another participant. */
export interface ReceivedData {
  readonly topic: string;
  /** Text if the sender sent text, else bytes. */
  readonly payload: string | Uint8Array;
  /** Of the sender. */
  readonly participantId: string;
  /** The sender; undefined once it has left. */
  readonly participant: RemoteParticipant | undefined;
}
