import type { Clock } from '@waterbus/cluster';

/** A participant at home here who sends through the draining media node. */
export interface Mover {
  readonly participantId: string;
  readonly room: { readonly id: string; readonly participants: readonly RoomMember[] };
  readonly ended: boolean;
}

interface RoomMember {
  readonly id: string;
  readonly producers: readonly { readonly mediaNodeId: string }[];
}

/**
 * Senders of a room move one after the other while their media node drains (R10): every participant
 * of the room notices a move, so the next one begins when the previous one is done, or its time is
 * over. Homes agree without requests to each other, because each sees in the room who still sends
 * there, and the order is that of the ids. Rooms are independent of each other; if there are many,
 * they also begin one after the other.
 */
export class Turns<M extends Mover> {
  private readonly waiting = new Set<M>();
  private readonly notified = new Set<string>();
  private readonly rooms = new Map<string, RoomTurns>();
  private readonly begun: number;
  private stopLooking: (() => void) | undefined;

  constructor(
    private readonly mediaNodeId: string,
    private readonly clock: Clock,
    private readonly notify: (mover: M) => void,
  ) {
    this.begun = clock.now();
  }

  /** Adds all current senders here. Senders whose turn it is are notified before this returns. */
  begin(movers: readonly M[]): void {
    const ids = [...new Set(movers.map(({ room }) => room.id))];
    const apart = Math.min(ROOMS_APART, ROOMS_WITHIN / ids.length);
    for (const [index, id] of ids.entries()) this.rooms.set(id, { begins: this.begun + index * apart, most: 0 });
    for (const mover of movers) this.waiting.add(mover);
    this.look();
  }

  /** Whether it waits, from now on at the latest; false if it has already had its turn. */
  add(mover: M): boolean {
    if (this.notified.has(mover.participantId)) return false;
    this.waiting.add(mover);
    this.stopLooking ??= this.clock.after(0, () => this.look());
    return true;
  }

  stop(): void {
    this.waiting.clear();
    this.stopLooking?.();
    this.stopLooking = undefined;
  }

  private look(): void {
    this.stopLooking = undefined;
    const mayMove = new Map<string, Set<string>>();
    for (const mover of this.waiting) {
      const { room, participantId } = mover;
      const next = mayMove.get(room.id) ?? this.next(mover);
      mayMove.set(room.id, next);
      if (!mover.ended && !next.has(participantId)) continue;
      this.waiting.delete(mover);
      if (mover.ended) continue;
      this.notified.add(participantId);
      this.notify(mover);
    }
    if (this.waiting.size > 0) this.stopLooking = this.clock.after(LOOK_INTERVAL, () => this.look());
  }

  /** The participants of a room that may move now. */
  private next({ room }: M): Set<string> {
    const now = this.clock.now();
    const turns = this.rooms.get(room.id) ?? { begins: now, most: 0 };
    this.rooms.set(room.id, turns);
    const here = (producer: { mediaNodeId: string }) => producer.mediaNodeId === this.mediaNodeId;
    const senders: string[] = [];
    const others: string[] = [];
    for (const { id, producers } of room.participants) (producers.some(here) ? senders : others).push(id);
    turns.most = Math.max(turns.most, senders.length);
    if (now < turns.begins) return new Set(others);
    const longest = Math.min(LONGEST_TURN, ALL_WITHIN / turns.most);
    const due = 1 + Math.floor((now - turns.begins) / longest);
    const through = turns.most - senders.length;
    const count = Math.max(1, due - through);
    return new Set([...others, ...senders.sort().slice(0, count)]);
  }
}

interface RoomTurns {
  begins: number;
  /** Maximum number of concurrent senders through the media node so far. */
  most: number;
}

/** Milliseconds: a check reads a room's participants. */
const LOOK_INTERVAL = 200;

/**
 * Milliseconds: a turn is over after 3 to 5 s, when all receivers have switched; slower senders do
 * not delay the others.
 */
const LONGEST_TURN = 8_000;

/** Milliseconds in which all senders of a room have had their turn: half a drain's deadline. */
const ALL_WITHIN = 30_000;

/**
 * Milliseconds between the starts of two rooms, and in which all rooms start: a move costs media
 * nodes and servers a few milliseconds of work.
 */
const ROOMS_APART = 250;
const ROOMS_WITHIN = 10_000;
