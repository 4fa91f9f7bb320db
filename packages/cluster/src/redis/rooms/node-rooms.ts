import type { Connection } from '../connection/connection.js';
import { Script } from '../connection/script.js';
import type { Keys } from '../keys.js';

/**
 * The rooms with something that depends on a node, so that the loss of a node costs only its
 * dependents and not a query of every room (R4).
 *
 * A node's index and a room are in different slots, so no script changes both. The index may
 * therefore name a room too many, never one too few: it is written before the room, and an entry is
 * removed only when it is so old that no write announced by it can still be under way.
 */
export class NodeRooms {
  constructor(
    private readonly connection: Connection,
    private readonly keys: Keys,
  ) {}

  /**
   * Announces that something in the room is about to depend on the node. Returns old entries to
   * check.
   */
  async add(nodeId: string, roomId: string): Promise<IndexEntry[]> {
    return readEntries(await this.connection.script(addScript, [this.keys.nodeRooms(nodeId)], [roomId]));
  }

  async list(nodeId: string): Promise<IndexEntry[]> {
    return readEntries(await this.connection.script(listScript, [this.keys.nodeRooms(nodeId)], []));
  }

  /** Nothing depends on the node in that room. */
  async remove(nodeId: string, { roomId, at }: IndexEntry): Promise<void> {
    await this.connection.script(removeScript, [this.keys.nodeRooms(nodeId)], [roomId, at]);
  }

  /** The node is lost: its index expires, too, after the last addition to it. */
  async fade(nodeId: string): Promise<void> {
    const key = this.keys.nodeRooms(nodeId);
    await this.connection.command(key, ['EXPIRE', key, String((2 * SURELY_WRITTEN) / 1000)]);
  }

  async keep(nodeId: string): Promise<void> {
    await this.connection.command(this.keys.nodeRooms(nodeId), ['EXPIRE', this.keys.nodeRooms(nodeId), String(DAY)]);
  }
}

export interface IndexEntry {
  roomId: string;
  /** Time of its last announcement, on Redis' clock. */
  at: string;
}

function readEntries(reply: unknown): IndexEntry[] {
  const flat = Array.isArray(reply) ? reply.map(String) : [];
  const entries: IndexEntry[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    entries.push({ roomId: flat[index] ?? '', at: flat[index + 1] ?? '' });
  }
  return entries;
}

/** Seconds. */
const DAY = 24 * 3600;

/** Milliseconds; a write fails after far less. */
const SURELY_WRITTEN = 60_000;

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Each new entry returns two old ones to check, so the index shrinks to the true set. */
const addScript = new Script(`${now}
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('EXPIRE', KEYS[1], ${DAY})
return redis.call('ZRANGE', KEYS[1], '-inf', now - ${SURELY_WRITTEN}, 'BYSCORE', 'LIMIT', 0, 2, 'WITHSCORES')
`);

const listScript = new Script(`
return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
`);

const removeScript = new Script(`${now}
local at = redis.call('ZSCORE', KEYS[1], ARGV[2])
if at == ARGV[3] and tonumber(at) <= now - ${SURELY_WRITTEN} then redis.call('ZREM', KEYS[1], ARGV[2]) end
return 1
`);
