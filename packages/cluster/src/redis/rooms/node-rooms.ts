import type { Connection } from '../connection/connection.js';
import { Script } from '../connection/script.js';
import type { Keys } from '../keys.js';

/**
 * In which rooms something hangs on a node, so that losing a node costs what hung on it and not a look into every room (R4).
 *
 * A node's index and a room are in different slots, so no script changes both. The index may therefore name a room too many, never one too
 * few: it is written before the room, and an entry goes only when it is old enough that no write announced by it can still be under way.
 */
export class NodeRooms {
  constructor(
    private readonly connection: Connection,
    private readonly keys: Keys,
  ) {}

  /** Announces that something in the room is about to hang on the node. Answers old entries that are worth a look. */
  async add(nodeId: string, roomId: string): Promise<IndexEntry[]> {
    return readEntries(await this.connection.script(addScript, [this.keys.nodeRooms(nodeId)], [roomId]));
  }

  async list(nodeId: string): Promise<IndexEntry[]> {
    return readEntries(await this.connection.script(listScript, [this.keys.nodeRooms(nodeId)], []));
  }

  /** Nothing hangs on the node in that room. */
  async remove(nodeId: string, { roomId, at }: IndexEntry): Promise<void> {
    await this.connection.script(removeScript, [this.keys.nodeRooms(nodeId)], [roomId, at]);
  }

  /** The node is gone: its index goes, too, when nothing is added to it any more. */
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
  /** When it was announced last, on Redis' clock. */
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

/** Milliseconds; a write is given up after far less. */
const SURELY_WRITTEN = 60_000;

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Two old entries are looked at for one new, so the index shrinks to what is true. */
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
