import { Script } from './connection/script.js';
import type { Member } from './member.js';
import type { RedisNodes } from './nodes/nodes.js';

/**
 * Seats that one member of the cluster can hold at a time. A seat is lost with its holder's lease,
 * so a slow Redis costs no member its seat (R6), and it expires when it is not renewed.
 */
export class Seats {
  constructor(
    private readonly member: Member,
    private readonly nodes: RedisNodes,
  ) {}

  /**
   * Takes or renews the seat; false while a live member holds it. `holder` is this member's id,
   * perhaps with a suffix after a slash.
   */
  async take(key: string, holder: string): Promise<boolean> {
    const other = await this.#run(takeScript, key, [holder, '']);
    return other === null || (await this.takeFrom(key, holder, String(other)));
  }

  /** Takes the seat of a member that has vanished. */
  async takeFrom(key: string, holder: string, other: string): Promise<boolean> {
    if (!(await this.nodes.isGone(other.split('/')[0] ?? ''))) return false;
    return (await this.#run(takeScript, key, [holder, other])) === null;
  }

  async leave(key: string, holder: string): Promise<void> {
    await this.#run(leaveScript, key, [holder]);
  }

  #run(script: Script, key: string, args: string[]): Promise<unknown> {
    return this.member.connection.script(script, [key], args);
  }
}

/** Seconds; holders renew far more often. */
export const SEAT_LIFE = 3600;

/** holder, vanished holder → the other holder, if any. */
const takeScript = new Script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[2] and holder ~= ARGV[3] then return holder end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ${SEAT_LIFE})
return false
`);

const leaveScript = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[2] then redis.call('DEL', KEYS[1]) end
return 1
`);
