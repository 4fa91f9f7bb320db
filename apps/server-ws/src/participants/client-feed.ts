import type { MeetingEvent, RoomEvent, ServerEvent, ServerEventName } from '@waterbus/protocol';
import { RoomEvents } from '../rooms/room-events.js';
import type { SharedEvent } from '../rooms/shared-event.js';
import type { ClientSocket } from './client-socket.js';

/** An event of the signalling protocol with its name. */
export type NamedEvent = [ServerEventName, unknown];

/** An event that is kept for a client that waits for its snapshot. */
export type KeptEvent = SharedEvent<'meeting'> | SharedEvent<'data'>;

/** Whether a data message is for this participant. */
export function isReceiver(
  participantId: string,
  { event }: SharedEvent<'data'>,
  only: ReadonlySet<string> | undefined,
): boolean {
  return event.participantId !== participantId && (only?.has(participantId) ?? true);
}

/** The participant whose client the feed serves. */
export interface FeedOwner {
  /** Whether the participant may see this event. */
  receives(event: MeetingEvent): boolean;
  /** Handles the loss of the socket. */
  detach(socket: ClientSocket): void;
}

/**
 * `catching-up`: the client has a socket and waits for its snapshot; the events that follow the
 * snapshot are kept. `live`: the client has the room at `version`, and events are sent at once.
 */
type FeedState =
  | { name: 'offline' }
  | { name: 'catching-up'; socket: ClientSocket; roomEvents: RoomEvent[]; kept: KeptEvent[] }
  | { name: 'live'; socket: ClientSocket; version: number };

/**
 * The events of one client: those of its room in version order (R1), those of its meeting, and its
 * own. A client without a socket receives its own events when it resumes.
 */
export class ClientFeed {
  private state: FeedState = { name: 'offline' };
  /** The client's own events that were not sent yet. Bounded by its open objects. */
  private pending: NamedEvent[] = [];

  constructor(private readonly owner: FeedOwner) {}

  get socket(): ClientSocket | undefined {
    return this.state.name === 'offline' ? undefined : this.state.socket;
  }

  /** Takes a socket and waits for its snapshot; an earlier one is replaced. */
  attach(socket: ClientSocket): void {
    const before = this.socket;
    this.state = { name: 'catching-up', socket, roomEvents: [], kept: [] };
    if (!before || before === socket) return;
    before.emit('ended', { reason: 'replaced' });
    before.end();
  }

  /**
   * The client's snapshot has been sent on `socket`: the later events follow. Returns false when
   * the socket is no longer the client's.
   */
  goLive(socket: ClientSocket, version: number): boolean {
    const { state } = this;
    if (state.name !== 'catching-up' || state.socket !== socket) return false;
    this.state = { name: 'live', socket, version };
    this.roomEvents(new RoomEvents(state.roomEvents));
    for (const [name, event] of this.pending.splice(0)) socket.emit(name, event as never);
    for (const event of state.kept) this.keptEvent(event);
    return true;
  }

  /** The socket has ended. Returns false when it was not the client's. */
  detach(socket: ClientSocket): boolean {
    if (this.socket !== socket) return false;
    this.release();
    return true;
  }

  /** Gives the socket back without ending it. */
  release(): void {
    this.state = { name: 'offline' };
  }

  /** Ends the socket, after the reason if one is given. */
  end(reason: ServerEvent<'ended'>['reason'] | undefined): void {
    const { socket } = this;
    this.release();
    if (reason) socket?.emit('ended', { reason });
    socket?.end();
  }

  /** Sends an event of this client, now or when it is live. */
  emit<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    if (this.state.name === 'live') this.state.socket.emit(name, event);
    else this.pending.push([name, event]);
  }

  /** Sends to a live client only: the others receive the present state when they become live. */
  emitLive<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    if (this.state.name === 'live') this.state.socket.emit(name, event);
  }

  /** As `emitLive`, for an event that many clients receive. */
  liveEvent(event: SharedEvent): void {
    if (this.state.name === 'live') this.state.socket.emitShared(event);
  }

  /** A change of the room that a live client receives with a batch. */
  roomEvent(event: RoomEvent): void {
    if (this.state.name !== 'catching-up') return;
    this.state.roomEvents.push(event);
    this.bound();
  }

  /** Sends a live client the events that it has not received yet. */
  roomEvents(batch: RoomEvents): void {
    const { state } = this;
    if (state.name !== 'live') return;
    const first = batch.firstAfter(state.version);
    if (first === undefined) return;
    state.version = batch.version;
    state.socket.emitRoom(batch, first);
  }

  /**
   * A client without a socket reads the lists of the REST API afterwards; it does not receive data
   * messages of that time.
   */
  keptEvent(shared: KeptEvent): void {
    const { state } = this;
    if (state.name === 'offline') return;
    if (shared.name === 'meeting' && !this.owner.receives(shared.event as MeetingEvent)) return;
    if (state.name === 'catching-up') {
      state.kept.push(shared);
      this.bound();
    } else state.socket.emitShared(shared);
  }

  /** Takes over the events that another node has not sent, and those since then. */
  adopt(pending: readonly NamedEvent[], later: readonly KeptEvent[]): void {
    this.pending.push(...pending);
    for (const event of later) this.keptEvent(event);
  }

  /** Hands over the events that were not sent. */
  takePending(): NamedEvent[] {
    return this.pending.splice(0);
  }

  /** A client that waits too long for its snapshot reconnects and reads a newer one. */
  private bound(): void {
    const { state } = this;
    if (state.name !== 'catching-up') return;
    if (state.roomEvents.length + state.kept.length <= MOST_WAITING) return;
    this.owner.detach(state.socket);
    state.socket.end();
  }
}

/**
 * Events: those of a room of 1,000 in which all reconnect at once, in the seconds that a snapshot
 * may take.
 */
const MOST_WAITING = 10_000;
