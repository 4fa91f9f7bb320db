import type { Home } from '@waterbus/cluster';
import type { LeaveReason, Message, RoomEvent, RoomSnapshot } from '@waterbus/protocol';

/** What somebody wrote down, and when by the supervisor's clock (milliseconds, monotonic, one for all clients). */
export type Entry = { at: number } & (ClientEntry | SupervisorEntry);

/** `client`: one per device, through all its sockets. What comes from a socket is written as it was on the wire, before the SDK made anything of it. */
export type ClientEntry = { client: string } & (
  | { type: 'socket.opened' | 'socket.closed'; socket: number }
  /** An answer to `join`, `resume` or `sync` that carried the room. */
  | { type: 'snapshot'; socket: number; of: 'join' | 'resume' | 'sync'; participantId?: string; room: RoomSnapshot }
  | { type: 'asked'; socket: number; request: 'join' | 'resume' | 'sync' }
  | { type: 'room'; socket: number; event: RoomEvent }
  | { type: 'ended'; socket: number; reason: string }
  /** What the SDK told its user; `joined` also for who was there when it began to write. */
  | { type: 'joined'; participantId: string }
  | { type: 'left'; participantId: string; reason: LeaveReason }
  | { type: 'connection'; state: string }
  | { type: 'chat.sent'; clientId: string; text: string }
  | { type: 'chat.acknowledged'; clientId: string; message: Message }
  | { type: 'chat.refused'; clientId: string; code: string }
  | { type: 'chat.seen'; message: Message }
  /** All there is, asked for when everybody had stopped writing. */
  | { type: 'chat.backlog'; messages: Message[] }
  /** What it shows at the end: everybody else, and what they publish. */
  | { type: 'view'; participants: { id: string; connection: string; sources: string[] }[] }
);

export type SupervisorEntry =
  /** The fault begins, ends, or something is done to a server. */
  | { type: 'fault'; what: string }
  /** Whom others rightly see leave although they stay: their node's lease runs out (R4). Each may be told once as `node-lost`, and come back. */
  | { type: 'lost'; participantIds: string[] }
  /** Epochs in force, read from the cluster from time to time, of all rooms, and once more at the end (R3). */
  | { type: 'homes'; homes: Home[] }
  /** The room at the end, and the chat as the database has it; one for each room. `present`: who must be in it. */
  | { type: 'final'; room: RoomSnapshot | undefined; messages: Message[]; present: string[] };

/** What one run's clients and its supervisor wrote down, in the order in which it came in. */
export class History {
  readonly entries: Entry[] = [];

  #closed = false;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The run is over: what is told while everybody is sent home is not part of it. */
  close(): void {
    this.#closed = true;
  }

  write(entry: ClientEntry | SupervisorEntry): void {
    if (!this.#closed) this.entries.push({ ...entry, at: this.now() });
  }
}
