import { applyRoomChange, type RoomChange, type RoomEvent, type RoomSnapshot } from '@waterbus/protocol';
import { differences } from './differences.js';

/**
 * This client's copy of the room (R1). Early events are kept until the events before them, or a
 * snapshot, have arrived; late and repeated ones are dropped.
 */
export class RoomMirror {
  #room: RoomSnapshot;
  #early = new Map<number, RoomEvent>();

  constructor(room: RoomSnapshot) {
    this.#room = room;
  }

  get room(): RoomSnapshot {
    return this.#room;
  }

  /** The changes that the event caused, in order, and whether a gap requires a snapshot. */
  receive(event: RoomEvent): { changes: RoomChange[]; gap: boolean } {
    if (event.roomId === this.#room.roomId && event.version > this.#room.version) {
      if (this.#early.size < EARLY_EVENTS) this.#early.set(event.version, event);
    }
    const changes = this.#applyEarly();
    return { changes, gap: this.#early.size > 0 };
  }

  /**
   * Applies a snapshot. A snapshot that is older than the state changes nothing. `afresh`: version
   * numbers start anew.
   */
  reset(room: RoomSnapshot, afresh = false): { changes: RoomChange[]; gap: boolean } {
    if (!afresh && room.version < this.#room.version) return { changes: [], gap: false };
    const changes = differences(this.#room, room);
    this.#room = room;
    changes.push(...this.#applyEarly());
    return { changes, gap: this.#early.size > 0 };
  }

  #applyEarly(): RoomChange[] {
    const changes: RoomChange[] = [];
    for (const version of this.#early.keys()) {
      if (version <= this.#room.version) this.#early.delete(version);
    }
    for (;;) {
      const next = this.#early.get(this.#room.version + 1);
      if (!next) return changes;
      const room = applyRoomChange(this.#room, next.change);
      // No version is spent on a change without an effect: then this copy is wrong, and only a
      // snapshot helps.
      if (!room) return changes;
      this.#early.delete(next.version);
      this.#room = room;
      changes.push(next.change);
    }
  }
}

/** Events kept while a snapshot is on its way; the next snapshot contains all beyond it anyway. */
const EARLY_EVENTS = 256;
