import type { Home } from '@waterbus/cluster';
import type { LeaveReason, Message, RoomEvent, RoomSnapshot } from '@waterbus/protocol';

/**
 * One record, with the time by the supervisor's clock (milliseconds, monotonic, the same for all
 * clients).
 */
export type Entry = { at: number } & (ClientEntry | SupervisorEntry);

/**
 * `client`: one per device, across all its sockets. Data of a socket are recorded as on the wire,
 * before the SDK processes them.
 */
export type ClientEntry = { client: string } & (
  | { type: 'socket.opened' | 'socket.closed'; socket: number }
  /** An answer to `join`, `resume` or `sync` that carried the room. */
  | { type: 'snapshot'; socket: number; of: 'join' | 'resume' | 'sync'; participantId?: string; room: RoomSnapshot }
  | { type: 'requested'; socket: number; request: 'join' | 'resume' | 'sync' }
  | { type: 'room'; socket: number; event: RoomEvent }
  | { type: 'ended'; socket: number; reason: string }
  /** Events of the SDK; `joined` also for the participants present at the begin of the records. */
  | { type: 'joined'; participantId: string }
  | { type: 'left'; participantId: string; reason: LeaveReason }
  | { type: 'connection'; state: string }
  | { type: 'chat.sent'; clientId: string; text: string }
  | { type: 'chat.acknowledged'; clientId: string; message: Message }
  | { type: 'chat.refused'; clientId: string; code: string }
  | { type: 'chat.seen'; message: Message }
  /** The whole chat, requested after the last message. */
  | { type: 'chat.backlog'; messages: Message[] }
  /** The final view: all others, and their publications. */
  | { type: 'view'; participants: { id: string; connection: string; sources: string[] }[] }
);

export type SupervisorEntry =
  /** The begin or end of the fault, or an action on a server. */
  | { type: 'fault'; what: string }
  /**
   * Participants that others rightly see leave although they stay, because the lease of their node
   * expires (R4). Each may leave once as `node-lost`, and return.
   */
  | { type: 'lost'; participantIds: string[] }
  /** Epochs in force of all rooms, read from the cluster at intervals and once at the end (R3). */
  | { type: 'homes'; homes: Home[] }
  /**
   * The room at the end, and the chat in the database; one entry for each room. `present`: the
   * participants that must be in it.
   */
  | { type: 'final'; room: RoomSnapshot | undefined; messages: Message[]; present: string[] };

/** The records of the clients and the supervisor of one run, in the order of their arrival. */
export class History {
  readonly entries: Entry[] = [];

  #closed = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Ends the run: later events, while all clients leave, are not part of it. */
  close(): void {
    this.#closed = true;
  }

  write(entry: ClientEntry | SupervisorEntry): void {
    if (!this.#closed) this.entries.push({ ...entry, at: this.now() });
  }
}
