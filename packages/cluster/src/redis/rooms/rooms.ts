import {
  CodedError,
  type RoomChange,
  type RoomEvent,
  type RoomParticipant,
  type RoomSnapshot,
  roomEventSchema,
} from '@waterbus/protocol';
import { assertParticipant } from '../../assert-participant.js';
import type {
  ApplyResult,
  AssertResult,
  Home,
  LostParticipants,
  Observing,
  RoomStore,
  Unsubscribe,
} from '../../cluster.js';
import type { Script } from '../connection/script.js';
import type { Member } from '../member.js';
import { readObject } from '../payload.js';
import { type IndexEntry, NodeRooms } from './node-rooms.js';
import { changeDetails, mediaNodesOf, readSnapshot } from './record.js';
import {
  applyScript,
  claimScript,
  hangsScript,
  keepScript,
  reclaimScript,
  removeNodeScript,
  snapshotScript,
} from './room-scripts.js';

/**
 * Every room's versioned snapshot and the homes of its participants (R1-R4): a call is atomic
 * because it is one script.
 */
export class RedisRooms implements RoomStore {
  readonly #index: NodeRooms;
  /** Number of listeners by room watched here. */
  readonly #watched = new Map<string, number>();
  #cancelKeeping: (() => void) | undefined;

  constructor(private readonly member: Member) {
    this.#index = new NodeRooms(member.connection, member.keys);
    this.#keepWatched();
  }

  async snapshot(roomId: string): Promise<RoomSnapshot | undefined> {
    this.member.assertOpen();
    return readSnapshot(roomId, await this.#script(snapshotScript, roomId, []));
  }

  async claimHome(roomId: string, participantId: string, nodeId: string): Promise<Home> {
    this.member.assertOpen();
    const claim = () => this.#script(claimScript, roomId, [participantId, nodeId]);
    return { participantId, nodeId, epoch: Number(await this.#announced([nodeId], roomId, claim)) };
  }

  async home(roomId: string, participantId: string): Promise<Home | undefined> {
    this.member.assertOpen();
    const key = this.member.keys.roomHomes(roomId);
    return readHome(participantId, await this.member.connection.command(key, ['HGET', key, participantId]))?.home;
  }

  async homes(roomId: string): Promise<Home[]> {
    this.member.assertOpen();
    const key = this.member.keys.roomHomes(roomId);
    const reply = await this.member.connection.command(key, ['HGETALL', key]);
    const homes = entriesOf(reply).flatMap(([participantId, text]) => readHome(participantId, text) ?? []);
    return homes.sort((one, other) => one.order - other.order).map(({ home }) => home);
  }

  async apply(roomId: string, change: RoomChange, home: Home): Promise<ApplyResult> {
    this.member.assertOpen();
    const participantId = change.type === 'participant.joined' ? change.participant.id : change.participantId;
    if (participantId !== home.participantId) {
      throw new Error(`The home of ${home.participantId} wrote for ${participantId}`);
    }
    const { nodeId, epoch } = home;
    const details = JSON.stringify(changeDetails(change));
    const args = [participantId, nodeId, String(epoch), change.type, JSON.stringify(change), details];
    const write = () => this.#script(applyScript, roomId, args);
    return readApplied(await this.#announced(mediaNodesOf(change), roomId, write));
  }

  async assert(roomId: string, home: Home, participant?: RoomParticipant | Observing): Promise<AssertResult> {
    this.member.assertOpen();
    const { participantId, nodeId, epoch } = home;
    const reclaim = () => this.#script(reclaimScript, roomId, [participantId, nodeId, String(epoch)]);
    const inForce = await this.#announced([nodeId], roomId, reclaim);
    if (inForce === null) return { type: 'refused', reason: 'stale-epoch' };
    return assertParticipant(this, roomId, { ...home, epoch: Number(inForce) }, participant);
  }

  async removeNode(nodeId: string): Promise<LostParticipants[]> {
    this.member.assertOpen();
    const entries = await this.#persist(() => this.#index.list(nodeId));
    const lost: LostParticipants[] = [];
    for (let start = 0; start < entries.length; start += ROOMS_AT_ONCE) {
      const batch = entries.slice(start, start + ROOMS_AT_ONCE);
      lost.push(...(await Promise.all(batch.map((entry) => this.#removeNode(nodeId, entry)))));
    }
    await this.#persist(async () => {
      if (entries.length > 0) await this.#index.fade(nodeId);
      const { lost: unattended } = this.member.keys.nodes;
      await this.member.connection.command(unattended, ['HDEL', unattended, nodeId]);
    });
    return lost.filter(({ participantIds }) => participantIds.length > 0);
  }

  async watch(roomId: string, listener: (event: RoomEvent) => void, onGap?: () => void): Promise<Unsubscribe> {
    this.member.assertOpen();
    const stop = await this.member.connection.subscribe(this.member.keys.roomEvents(roomId), {
      message: (text) => {
        const event = roomEventSchema.safeParse({ ...readObject(text), roomId });
        if (event.success) listener(event.data);
        else this.member.tally.count('messagesInvalid', { roomId });
      },
      gap: onGap,
    });
    this.#watched.set(roomId, (this.#watched.get(roomId) ?? 0) + 1);
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      stop();
      const others = (this.#watched.get(roomId) ?? 1) - 1;
      if (others > 0) this.#watched.set(roomId, others);
      else this.#watched.delete(roomId);
    };
  }

  end(): void {
    this.#cancelKeeping?.();
  }

  async #removeNode(nodeId: string, entry: IndexEntry): Promise<LostParticipants> {
    const reply = await this.#persist(() => this.#script(removeNodeScript, entry.roomId, [nodeId]));
    // One room too many in the index does no harm.
    await this.#index.remove(nodeId, entry).catch(() => {});
    const [ended, participantIds] = Array.isArray(reply) ? reply : [];
    return {
      roomId: entry.roomId,
      participantIds: Array.isArray(participantIds) ? participantIds.map(String) : [],
      ended: Number(ended) === 1,
    };
  }

  /**
   * Watchers receive the loss of a node once, so the resulting work is retried until Redis is back.
   */
  async #persist<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        await new Promise<void>((resolve) => this.member.clock.after(PERSISTENCE_PAUSE, resolve));
        this.member.assertOpen();
      }
    }
  }

  /**
   * Writes to a room once the nodes' indexes name it. On one connection Redis keeps that order by
   * itself.
   */
  async #announced<T>(nodeIds: Iterable<string>, roomId: string, write: () => Promise<T>): Promise<T> {
    const { connection, keys } = this.member;
    const announcements: Promise<void>[] = [];
    let together = true;
    for (const nodeId of nodeIds) {
      together &&= connection.together(keys.nodeRooms(nodeId), keys.roomEvents(roomId));
      announcements.push(this.#index.add(nodeId, roomId).then((old) => this.#lookAt(nodeId, old)));
    }
    if (!together) await Promise.all(announcements);
    const [written] = await Promise.all([write(), ...announcements]);
    return written;
  }

  /**
   * Old entries are removed if nothing depends on the node any more, else renewed. No call waits
   * for that.
   */
  #lookAt(nodeId: string, entries: IndexEntry[]): void {
    for (const entry of entries) {
      const look = async () => {
        const hangs = Number(await this.#script(hangsScript, entry.roomId, [nodeId])) > 0;
        await (hangs ? this.#index.add(nodeId, entry.roomId) : this.#index.remove(nodeId, entry));
      };
      look().catch(() => {});
    }
  }

  /** A call without changes for a day must not expire. */
  #keepWatched(): void {
    this.#cancelKeeping = this.member.clock.after(KEEP_INTERVAL, () => {
      const keep = async () => {
        const nodes = new Set<string>();
        for (const roomId of this.#watched.keys()) {
          const hanging = await this.#script(keepScript, roomId, []);
          if (Array.isArray(hanging)) for (const node of hanging) nodes.add(String(node));
        }
        for (const node of nodes) await this.#index.keep(node);
      };
      keep().catch((error) => this.member.logger.warn({ error: String(error) }, 'Rooms could not be kept alive'));
      this.#keepWatched();
    });
  }

  #script(script: Script, roomId: string, args: string[]): Promise<unknown> {
    return this.member.connection.script(script, this.member.keys.room(roomId), args);
  }
}

function readApplied(reply: unknown): ApplyResult {
  const [type, value] = Array.isArray(reply) ? reply.map(String) : [];
  if (type === 'applied' || type === 'unchanged') return { type, version: Number(value) };
  if (type === 'refused' && (value === 'stale-epoch' || value === 'not-found' || value === 'full')) {
    return { type, reason: value };
  }
  throw new Error(`A room script answered ${String(type)}`);
}

function readHome(participantId: string, text: unknown): { order: number; home: Home } | undefined {
  const found = typeof text === 'string' ? /^(\d+) (\d+) (.+)$/.exec(text) : null;
  if (!found) return undefined;
  return { order: Number(found[2]), home: { participantId, nodeId: found[3] ?? '', epoch: Number(found[1]) } };
}

/** Of a reply to HGETALL: a map in RESP3. */
function entriesOf(reply: unknown): [string, unknown][] {
  if (reply instanceof Map) return [...reply].map(([name, value]) => [String(name), value]);
  return typeof reply === 'object' && reply !== null ? Object.entries(reply) : [];
}

/**
 * Rooms from which a lost node is removed at the same time: enough to hide round trips, few enough
 * that Redis serves others in between.
 */
const ROOMS_AT_ONCE = 32;

/**
 * Milliseconds between two attempts while Redis is away: a fraction of the time of a reconnection.
 */
const PERSISTENCE_PAUSE = 200;

/** Milliseconds: four times within the day after which a room expires. */
const KEEP_INTERVAL = 6 * 3600 * 1000;
