import type { RoomEvent } from '@waterbus/protocol';

/** Consecutive changes of a room, in version order. Many clients receive the same ones. */
export class RoomEvents {
  constructor(readonly events: readonly RoomEvent[]) {}

  /** The last version; 0 without events. */
  get version(): number {
    return this.events.at(-1)?.version ?? 0;
  }

  /** The index of the first event after this version; undefined if none is. */
  firstAfter(version: number): number | undefined {
    const index = this.events.findIndex((event) => event.version > version);
    return index < 0 ? undefined : index;
  }
}
