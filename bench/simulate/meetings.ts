import { publishersOf, SIZES, sendingOf } from './load-model.js';
import type { Random } from './random.js';

export interface Room {
  id: string;
  size: number;
  present: number;
  publishers: Publisher[];
}

export interface Publisher {
  room: Room;
  /** The Server WS with its socket. */
  home: number;
  /** Packets per second and streams for each of its receivers. */
  packets: number;
  streams: number;
  /** Its media node; undefined before it is placed and after that node was killed. */
  node: number | undefined;
  /** The first tick at which others see it in the room. */
  visibleFrom: number;
  /** Its number of placements; part of its transport's id. */
  placements: number;
  /** Ticks of relief's requests to move. */
  relieved: number[];
  hasLeft: boolean;
  serial: number;
}

/** The events of one tick. Listeners are only counted; each publisher is an object. */
interface Bucket {
  listenersJoin: Room[];
  publishersJoin: [Room, number][];
  listenersLeave: Room[];
  publishersLeave: Publisher[];
}

/**
 * The schedule of joins and leaves. Rooms begin so that the number of participants follows the
 * wanted one, and end after half an hour or so.
 */
export class Meetings {
  readonly rooms = new Set<Room>();
  present = 0;
  private expected = 0;
  private readonly calendar: (Bucket | undefined)[];
  private roomCount = 0;
  private publisherCount = 0;

  constructor(
    private readonly random: Random,
    private readonly ticks: number,
    private readonly ticksPerSecond: number,
    private readonly servers: number,
  ) {
    this.calendar = new Array(ticks);
  }

  /** Begins rooms until the participants present or expected reach the wanted number. */
  fill(now: number, wanted: number): void {
    while (this.present + this.expected < wanted) {
      const { size } = this.random.weighted(ROOMS);
      this.begin(now, size, size >= 100 ? LARGE_GATHERS : SMALL_GATHERS);
    }
  }

  /**
   * Begins a room whose participants join within `seconds`. The publishers of a large room join in
   * the first tenth.
   */
  begin(now: number, size: number, seconds: number): void {
    this.roomCount += 1;
    const room: Room = { id: `room-${this.roomCount}`, size, present: 0, publishers: [] };
    const end = SHORTEST + this.random.exponential(MEAN_MEETING);
    const publishers = publishersOf(size);
    this.expected += size;
    for (let i = 0; i < size; i += 1) {
      const publishes = i < publishers;
      const early = publishes && size >= 100 ? 0.1 : 1;
      const joins = this.random.next() * seconds * early;
      const bucket = this.at(now + joins * this.ticksPerSecond);
      if (publishes) bucket?.publishersJoin.push([room, i]);
      else bucket?.listenersJoin.push(room);
      if (publishes) continue;
      const leaves = Math.min(end + this.random.next() * DISPERSES, joins + 1 + this.random.exponential(MEAN_STAY));
      this.at(now + leaves * this.ticksPerSecond)?.listenersLeave.push(room);
    }
    this.ends.set(room, now + end * this.ticksPerSecond);
  }

  private readonly ends = new WeakMap<Room, number>();

  /**
   * Runs the events of a tick. `joined` follows the join of a publisher, `left` precedes its leave.
   */
  tick(
    now: number,
    on: { resized(room: Room, by: number): void; joined(publisher: Publisher): void; left(publisher: Publisher): void },
  ): void {
    const bucket = this.calendar[now];
    if (!bucket) return;
    this.calendar[now] = undefined;
    for (const room of bucket.listenersJoin) this.resize(room, 1, on.resized);
    for (const [room, index] of bucket.publishersJoin) {
      this.resize(room, 1, on.resized);
      const publisher = this.publisher(room, index);
      room.publishers.push(publisher);
      const leaves = Math.max(now + this.ticksPerSecond, this.ends.get(room)! + this.random.next() * DISPERSES);
      this.at(leaves)?.publishersLeave.push(publisher);
      on.joined(publisher);
    }
    for (const room of bucket.listenersLeave) this.resize(room, -1, on.resized);
    for (const publisher of bucket.publishersLeave) {
      publisher.hasLeft = true;
      on.left(publisher);
      publisher.room.publishers.splice(publisher.room.publishers.indexOf(publisher), 1);
      this.resize(publisher.room, -1, on.resized);
    }
  }

  private publisher(room: Room, index: number): Publisher {
    this.publisherCount += 1;
    return {
      room,
      home: this.random.below(this.servers),
      ...sendingOf(room.size, index),
      node: undefined,
      visibleFrom: 0,
      placements: 0,
      relieved: [],
      hasLeft: false,
      serial: this.publisherCount,
    };
  }

  private resize(room: Room, by: number, resized: (room: Room, by: number) => void): void {
    room.present += by;
    this.present += by;
    if (by > 0) {
      this.expected -= 1;
      this.rooms.add(room);
    } else if (room.present === 0) {
      this.rooms.delete(room);
    }
    resized(room, by);
  }

  private at(tick: number): Bucket | undefined {
    const index = Math.floor(tick);
    if (index >= this.ticks) return undefined;
    this.calendar[index] ??= { listenersJoin: [], publishersJoin: [], listenersLeave: [], publishersLeave: [] };
    return this.calendar[index];
  }
}

/** Room weights, so that the participants of each size have their share. */
const ROOMS = SIZES.map(({ size, weight }) => ({ size, weight: weight / size }));

/**
 * Seconds in which the participants of a meeting join: small ones at the full hour, large ones over
 * some minutes.
 */
const SMALL_GATHERS = 30;
const LARGE_GATHERS = 150;
/** Seconds in which they leave at its end. */
const DISPERSES = 15;
/** Seconds: a meeting takes half an hour on average, and at least four minutes. */
const MEAN_MEETING = 1560;
const SHORTEST = 240;
/** Seconds that a listener stays on average, if the meeting does not end before. */
const MEAN_STAY = 2400;
