import { isDeepStrictEqual } from 'node:util';
import { applyRoomChange, type RoomEvent, type RoomSnapshot } from '@waterbus/protocol';
import type { ClientEntry, Entry } from '../history.js';
import type { BrokenRule } from './broken-rule.js';

/**
 * R1 and R2 on the wire. Keeps a copy of the room for every client, as the protocol requires, from
 * the data of its sockets:
 *
 * - one version is one change and one state, for every client;
 * - versions only rise on one socket;
 * - a change alters a right copy;
 * - a client that misses a version requests the room, unless the socket ended first or the missing
 *   versions arrived.
 */
export function checkVersions(entries: readonly Entry[]): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const seen = new Versions(broken);
  const copies = new Map<string, Copy>();
  for (const entry of entries) {
    if (!('client' in entry)) continue;
    const copy = copies.get(entry.client) ?? new Copy(entry.client, seen, broken);
    copies.set(entry.client, copy);
    copy.take(entry);
  }
  for (const copy of copies.values()) copy.close();
  return broken;
}

/** The content of each version of each room, with the first client that received it. */
class Versions {
  readonly #changes = new Map<string, { value: unknown; client: string }>();
  readonly #states = new Map<string, { value: unknown; client: string }>();

  constructor(private readonly broken: BrokenRule[]) {}

  change({ roomId, version, change }: RoomEvent, client: string): void {
    this.#compare(this.#changes, `${roomId} ${version}`, change, client, 'the change of');
  }

  state({ roomId, version, participants }: RoomSnapshot, client: string): void {
    this.#compare(this.#states, `${roomId} ${version}`, participants, client, 'the room at');
  }

  #compare(
    known: Map<string, { value: unknown; client: string }>,
    key: string,
    value: unknown,
    client: string,
    of: string,
  ) {
    const first = known.get(key);
    if (!first) known.set(key, { value, client });
    else if (!isDeepStrictEqual(first.value, value)) {
      const texts = [value, first.value].map((one) => JSON.stringify(one)).join(' and ');
      this.broken.push({ rule: 'R2', what: `${client} and ${first.client} differ in ${of} version ${key}: ${texts}` });
    }
  }
}

/** One client's copy of its room. */
class Copy {
  #room: RoomSnapshot | undefined;
  /** Early events, kept until the missing ones or a snapshot arrive. */
  readonly #early = new Map<number, RoomEvent>();
  /** Highest version received as an event, by socket. */
  readonly #received = new Map<number, number>();
  /** Set while the client misses an event before this version and has not requested the room. */
  #gap: { version: number; socket: number } | undefined;

  constructor(
    private readonly client: string,
    private readonly seen: Versions,
    private readonly broken: BrokenRule[],
  ) {}

  take(entry: ClientEntry): void {
    switch (entry.type) {
      case 'snapshot':
        this.#snapshot(entry);
        return;
      case 'room':
        this.#event(entry);
        return;
      case 'requested':
        this.#gap = undefined;
        return;
      case 'socket.closed':
        this.#received.delete(entry.socket);
        if (this.#gap?.socket === entry.socket) this.#gap = undefined;
        return;
      case 'ended':
        this.#gap = undefined;
        return;
    }
  }

  close(): void {
    if (this.#gap)
      this.#report('R1', `never requested the room after it missed the changes before version ${this.#gap.version}`);
  }

  #snapshot({ of, room, socket }: Extract<ClientEntry, { type: 'snapshot' }>): void {
    this.seen.state(room, this.client);
    const before = this.#room;
    const same = before?.roomId === room.roomId;
    if (!same) this.#early.clear();
    // Every answer to `join` and `resume` begins a copy; an answer to `sync` may be older than
    // later events.
    if (of !== 'sync') {
      this.#received.set(socket, room.version);
      if (same && room.version < before.version)
        this.#report('R1', `was sent back from version ${before.version} to ${room.version} by ${of}`);
    } else if (same && room.version < before.version) return;
    this.#room = room;
    this.#applyEarly();
    if (this.#gap && this.#room.version >= this.#gap.version) this.#gap = undefined;
  }

  #event({ event, socket }: Extract<ClientEntry, { type: 'room' }>): void {
    this.seen.change(event, this.client);
    const received = this.#received.get(socket);
    const room = this.#room;
    this.#received.set(socket, Math.max(event.version, received ?? 0));
    if (received === undefined) this.#report('R1', `received version ${event.version} before it had the room`);
    else if (event.version <= received)
      this.#report('R2', `received version ${event.version} after ${received} on one socket`);
    if (room && event.roomId !== room.roomId) this.#report('R2', `received a change of another room, ${event.roomId}`);
    if (event.roomId !== room?.roomId || event.version <= room.version) return;
    this.#early.set(event.version, event);
    this.#applyEarly();
    if (this.#early.size > 0) this.#gap = { version: event.version, socket };
    else this.#gap = undefined;
  }

  #applyEarly(): void {
    for (const version of this.#early.keys())
      if (this.#room && version <= this.#room.version) this.#early.delete(version);
    for (;;) {
      const room = this.#room;
      const next = room && this.#early.get(room.version + 1);
      if (!next) return;
      this.#early.delete(next.version);
      const applied = applyRoomChange(room, next.change);
      if (!applied)
        this.#report('R2', `received a change without news in version ${next.version}: ${JSON.stringify(next.change)}`);
      this.#room = applied ?? { ...room, version: next.version };
      this.seen.state(this.#room, this.client);
    }
  }

  #report(rule: BrokenRule['rule'], what: string): void {
    this.broken.push({ rule, what: `${this.client} ${what}` });
  }
}
