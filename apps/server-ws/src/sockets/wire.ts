import type { SignallingWay } from '@waterbus/protocol';
import type { Socket } from 'socket.io';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SharedEvent } from '../rooms/shared-event.js';
import type { Backlog } from './backlog.js';
import { type EngineSocket, writeFrames } from './engine-socket.js';
import type { EncodedEvents, EventFrames } from './event-frames.js';

/** The sending side of a socket: each message counts towards the backlog of its peer. */
export class Wire {
  constructor(
    private readonly socket: Socket,
    private readonly backlog: Backlog,
    private readonly frames: EventFrames,
    /** The socket in the counts by address. */
    private readonly counted: { joined(): void } | undefined,
    /** The client's address; undefined behind a proxy that is not trusted. */
    readonly address: string | undefined,
    /** The way of the client to this process; undefined if unknown. */
    readonly way: SignallingWay | undefined,
  ) {}

  /** Unique among all servers. */
  get id(): string {
    return this.socket.id;
  }

  emit(name: string, event: unknown): void {
    this.socket.emit(name, event);
    this.backlog.check();
  }

  emitShared(event: SharedEvent): void {
    this.write(this.frames.shared(event));
  }

  emitRoom(batch: RoomEvents, first: number): void {
    this.write(this.frames.room(batch, first));
  }

  /** Called after Socket.IO has sent an answer. */
  answered(): void {
    this.backlog.check();
  }

  /** The socket has a participant now. */
  joined(): void {
    this.counted?.joined();
  }

  /** Ends the socket after all messages are sent. */
  disconnect(): void {
    this.socket.disconnect(true);
  }

  private write({ frames, text }: EncodedEvents): void {
    if (writeFrames(this.socket.conn as unknown as EngineSocket, frames, text)) this.backlog.passed(frames.length);
    this.backlog.check();
  }
}
