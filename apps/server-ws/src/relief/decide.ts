import { type Candidate, FULL } from '../placement/place.js';

/** What one participant sends through a media node. */
export interface Sending {
  transportId: string;
  roomId: string;
  /** How much of the node's forwarding it causes, in packets of any unit. */
  weight: number;
  /** Its client was asked and did not move. */
  stuck?: boolean;
}

/** A media node that has asked itself whether it is over its limit. */
export interface Burdened {
  /** Share of its core in the last second, 0-1. */
  cpu: number;
  /** The same with what is so new that it is not in `cpu`. */
  load: number;
  sendings: readonly Sending[];
}

/** Whether a node has more to do than placement can keep from it: listeners come to the producers that it holds. */
export function isOverLimit({ cpu, load }: Pick<Burdened, 'cpu' | 'load'>): boolean {
  return cpu >= FULL && load >= RELIEVE_ABOVE;
}

/**
 * The sending transports to move to other nodes, as one step; none when that would not help. The smallest step that frees the node,
 * else the largest there is. `others` are all other nodes that might take it: it must fit on the least loaded, or be worth it
 * by making the higher of the two loads clearly lower. So no move can call for the opposite one.
 */
export function relieve(node: Burdened, others: Iterable<Candidate>): string[] {
  if (!isOverLimit(node)) return [];
  let least = Number.POSITIVE_INFINITY;
  for (const { draining, load } of others) if (!draining) least = Math.min(least, load);
  const excess = node.load - FULL;
  let best: Step | undefined;
  for (const step of steps(node)) {
    const there = least + step.cost;
    if (!(there < FULL || there <= node.load - WORTH_IT)) continue;
    if (!best || isBetter(step, best, excess)) best = step;
  }
  return best?.transportIds ?? [];
}

interface Step {
  transportIds: string[];
  /** Share of a core. */
  cost: number;
}

/** A small room moves as a whole, or its clients would need one connection more each; of a large one, one publisher. */
function steps({ load, sendings }: Burdened): Step[] {
  const whole = sendings.reduce((sum, { weight }) => sum + weight, 0);
  const rooms = new Map<string, Sending[]>();
  for (const sending of sendings) {
    if (sending.stuck) continue;
    const room = rooms.get(sending.roomId);
    if (room) room.push(sending);
    else rooms.set(sending.roomId, [sending]);
  }
  const step = (moved: Sending[]): Step => ({
    transportIds: moved.map(({ transportId }) => transportId),
    cost: (load * moved.reduce((sum, { weight }) => sum + weight, 0)) / whole,
  });
  return [...rooms.values()]
    .flatMap((room) => (step(room).cost < SMALL_ROOM ? [step(room)] : room.map((sending) => step([sending]))))
    .filter(({ cost }) => cost > 0);
}

function isBetter(step: Step, than: Step, excess: number): boolean {
  const enough = step.cost >= excess;
  if (enough !== than.cost >= excess) return enough;
  return enough ? step.cost < than.cost : step.cost > than.cost;
}

/** Share of a core. Placement ends at 0.7; between the two nothing happens, so that a node is not relieved of what was just placed there. */
const RELIEVE_ABOVE = 0.85;

/** Share of a core: the higher load must become lower by more than loads are wrong by, because each move makes all of its listeners connect anew. */
const WORTH_IT = 0.1;

/** Share of a core: about 30 listeners of four publishers. Beyond that too many would connect at once, and one publisher is worth moving alone. */
const SMALL_ROOM = 0.1;
