import { LiveRoom, type LiveRoomContext } from './live-room.js';

/**
 * The rooms of the participants at home on this node. Each is watched from the first participant's
 * join to the last one's leave.
 */
export class LiveRooms {
  private readonly rooms = new Map<string, { room: Promise<LiveRoom>; users: number }>();

  constructor(private readonly context: LiveRoomContext) {}

  get size(): number {
    return this.rooms.size;
  }

  /** Each `enter` needs its `exit`; a failed one does not affect the next. */
  async enter(roomId: string): Promise<LiveRoom> {
    const entry = this.rooms.get(roomId) ?? {
      room: LiveRoom.open(roomId, this.context),
      users: 0,
    };
    this.rooms.set(roomId, entry);
    entry.users += 1;
    try {
      return await entry.room;
    } catch (error) {
      this.rooms.delete(roomId);
      throw error;
    }
  }

  /** The cluster may have lost the state of the rooms (R6). */
  stateUncertain(): void {
    for (const { room } of this.rooms.values()) {
      room.then(
        (live) => live.stateUncertain(),
        () => {},
      );
    }
  }

  exit(room: LiveRoom): void {
    const entry = this.rooms.get(room.id);
    if (!entry) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.rooms.delete(room.id);
    room.close();
  }
}
