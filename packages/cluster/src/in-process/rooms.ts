import { applyRoomChange, type RoomChange, type RoomEvent, type RoomSnapshot } from '@waterbus/protocol';
import { assertParticipant } from '../assert-participant.js';
import { type ApplyResult, type Home, type LostParticipants, ROOM_CAPACITY, type RoomStore } from '../cluster.js';
import type { Mishaps } from '../mishaps.js';
import { Listeners } from './listeners.js';
import type { Member } from './member.js';

interface Room {
  snapshot: RoomSnapshot;
  /** By participant; includes participants that have not joined yet. */
  homes: Map<string, Home>;
}

export interface RoomsState {
  epoch: number;
  versionFloor: number;
  rooms: { snapshot: RoomSnapshot; homes: Home[] }[];
}

/**
 * Every room's versioned snapshot and the homes of its participants (R1-R4). A call is atomic
 * because it never awaits.
 */
export class RoomHub {
  readonly #rooms = new Map<string, Room>();
  readonly #listeners = new Map<string, Listeners<RoomEvent>>();
  /** Never decreases, also after a participant or a room has been removed (R3). */
  #epoch = 0;
  /**
   * Highest version of any room that ended: a room that starts again continues from here, so
   * versions never decrease (R1).
   */
  #versionFloor = 0;

  constructor(
    private readonly mishaps: Mishaps,
    state?: RoomsState,
  ) {
    if (!state) return;
    this.#epoch = state.epoch;
    this.#versionFloor = state.versionFloor;
    for (const { snapshot, homes } of structuredClone(state.rooms)) {
      const byParticipant = new Map(homes.map((home) => [home.participantId, home]));
      this.#rooms.set(snapshot.roomId, { snapshot, homes: byParticipant });
    }
  }

  state(): RoomsState {
    const rooms = [...this.#rooms.values()].map(({ snapshot, homes }) => ({ snapshot, homes: [...homes.values()] }));
    return { epoch: this.#epoch, versionFloor: this.#versionFloor, rooms: structuredClone(rooms) };
  }

  for(member: Member): RoomStore {
    const store: RoomStore = {
      snapshot: async (roomId) => {
        member.assertOpen();
        const snapshot = this.#rooms.get(roomId)?.snapshot;
        return snapshot && snapshot.participants.length > 0 ? structuredClone(snapshot) : undefined;
      },
      claimHome: async (roomId, participantId, nodeId) => {
        member.assertOpen();
        const home: Home = { participantId, nodeId, epoch: ++this.#epoch };
        this.#open(roomId).homes.set(participantId, home);
        return { ...home };
      },
      home: async (roomId, participantId) => {
        member.assertOpen();
        return structuredClone(this.#rooms.get(roomId)?.homes.get(participantId));
      },
      homes: async (roomId) => {
        member.assertOpen();
        return structuredClone([...(this.#rooms.get(roomId)?.homes.values() ?? [])]);
      },
      apply: async (roomId, change, home) => {
        member.assertOpen();
        return this.#apply(roomId, structuredClone(change), home);
      },
      assert: async (roomId, home, participant) => {
        member.assertOpen();
        const inForce = this.#rooms.get(roomId)?.homes.get(home.participantId);
        if (inForce && (inForce.epoch !== home.epoch || inForce.nodeId !== home.nodeId)) {
          return { type: 'refused', reason: 'stale-epoch' };
        }
        const mine = inForce ?? (await store.claimHome(roomId, home.participantId, home.nodeId));
        return assertParticipant(store, roomId, { ...mine }, participant);
      },
      removeNode: async (nodeId) => {
        member.assertOpen();
        const lost = [...this.#rooms].map(([roomId, room]) => this.#removeNode(roomId, room, nodeId));
        return lost.filter(({ participantIds }) => participantIds.length > 0);
      },
      watch: async (roomId, listener) => {
        member.assertOpen();
        return this.#watch(member, roomId, listener);
      },
    };
    return store;
  }

  drop(member: Member): void {
    for (const [roomId, listeners] of this.#listeners) {
      listeners.drop(member);
      if (listeners.size === 0) this.#listeners.delete(roomId);
    }
  }

  #apply(roomId: string, change: RoomChange, writer: Home): ApplyResult {
    const participantId = change.type === 'participant.joined' ? change.participant.id : change.participantId;
    if (participantId !== writer.participantId) {
      throw new Error(`The home of ${writer.participantId} wrote for ${participantId}`);
    }
    const room = this.#rooms.get(roomId);
    const home = room?.homes.get(participantId);
    if (!room || !home) return { type: 'refused', reason: 'not-found' };
    if (writer.epoch !== home.epoch || writer.nodeId !== home.nodeId) return { type: 'refused', reason: 'stale-epoch' };

    const { participants, version } = room.snapshot;
    const present = participants.some((participant) => participant.id === participantId);
    if (change.type === 'participant.joined' && !present && participants.length >= ROOM_CAPACITY) {
      this.#removeHome(roomId, room, participantId);
      return { type: 'refused', reason: 'full' };
    }
    const comesOrGoes = ['participant.joined', 'observer.joined', 'participant.left'].includes(change.type);
    if (!present && !comesOrGoes) {
      return { type: 'refused', reason: 'not-found' };
    }
    const applied = this.#commit(roomId, room, change);
    if (change.type === 'participant.left') this.#removeHome(roomId, room, participantId);
    return applied ? { type: 'applied', version: version + 1 } : { type: 'unchanged', version };
  }

  #removeNode(roomId: string, room: Room, nodeId: string): LostParticipants {
    const participantIds: string[] = [];
    let shown = 0;
    for (const home of room.homes.values()) {
      if (home.nodeId !== nodeId) continue;
      const left = { type: 'participant.left', participantId: home.participantId, reason: 'node-lost' } as const;
      const seen = room.snapshot.participants.some(({ id }) => id === home.participantId);
      if (this.#commit(roomId, room, left) && seen) shown += 1;
      participantIds.push(home.participantId);
      room.homes.delete(home.participantId);
    }
    for (const participant of room.snapshot.participants) {
      for (const producer of participant.producers) {
        if (producer.mediaNodeId !== nodeId) continue;
        const change = { type: 'producer.removed', participantId: participant.id, producerId: producer.id } as const;
        this.#commit(roomId, room, change);
      }
    }
    this.#closeIfEmpty(roomId, room);
    return { roomId, participantIds, ended: shown > 0 && room.snapshot.participants.length === 0 };
  }

  #commit(roomId: string, room: Room, change: RoomChange): boolean {
    const next = applyRoomChange(room.snapshot, change);
    if (!next) return false;
    room.snapshot = next;
    this.#listeners.get(roomId)?.emit({ roomId, version: next.version, change });
    return true;
  }

  #open(roomId: string): Room {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const room: Room = { snapshot: { roomId, version: this.#versionFloor, participants: [] }, homes: new Map() };
    this.#rooms.set(roomId, room);
    return room;
  }

  #removeHome(roomId: string, room: Room, participantId: string): void {
    room.homes.delete(participantId);
    this.#closeIfEmpty(roomId, room);
  }

  #closeIfEmpty(roomId: string, room: Room): void {
    if (room.homes.size > 0) return;
    this.#versionFloor = Math.max(this.#versionFloor, room.snapshot.version);
    this.#rooms.delete(roomId);
  }

  #watch(member: Member, roomId: string, listener: (event: RoomEvent) => void) {
    let listeners = this.#listeners.get(roomId);
    if (!listeners) {
      listeners = new Listeners<RoomEvent>(this.mishaps, 'room');
      this.#listeners.set(roomId, listeners);
    }
    const remove = listeners.add(member, listener);
    return () => {
      remove();
      if (listeners.size === 0 && this.#listeners.get(roomId) === listeners) this.#listeners.delete(roomId);
    };
  }
}
