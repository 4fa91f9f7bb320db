import { type Candidate, FULL, MOST_CHOICES } from '../placement/place.js';

/** The streams of one participant through a media node. */
export interface Sending {
  transportId: string;
  roomId: string;
  /** Its part of the node's forwarding, in packets of any unit. */
  weight: number;
  /** Its client received a request and did not move. */
  stuck?: boolean;
}

/** A media node that may be over its limit. */
export interface Burdened {
  /** Share of its core in the last second, 0-1. */
  cpu: number;
  /** The same with load that is too new to be in `cpu`. */
  load: number;
  sendings: readonly Sending[];
}

/**
 * Whether a node has more load than placement can prevent: listeners join the producers that it
 * holds.
 */
export function isOverLimit({ cpu, load }: Pick<Burdened, 'cpu' | 'load'>): boolean {
  return cpu >= FULL && load >= RELIEVE_ABOVE;
}

/**
 * The sending transports to move to other nodes, as one step; none if that would not help. The
 * smallest step that frees the node, else the largest one. `others` are all other nodes that might
 * take it: it must fit on the least loaded, or clearly decrease the higher of the two loads; for
 * the latter the node waits for its `turn`. So no move can cause the opposite one.
 */
export function relieve(node: Burdened, others: Iterable<Candidate>, turn = true): string[] {
  if (!isOverLimit(node)) return [];
  let least = Number.POSITIVE_INFINITY;
  for (const { draining, load } of others) if (!draining) least = Math.min(least, load);
  const excess = node.load - FULL;
  const fits = ({ cost }: Step) => least + cost < FULL;
  let best: Step | undefined;
  for (const step of steps(node, excess)) {
    if (!fits(step) && least + step.cost > node.load - WORTH_IT) continue;
    if (!best || isBetter(step, best, excess)) best = step;
  }
  return best && (turn || fits(best)) ? best.transportIds : [];
}

/**
 * Whether a node may make a step in this report interval that fits on no node. All nodes over their
 * limits would choose the same least loaded node for it, the more so the fewer nodes there are, so
 * they take turns: one in `TURN` intervals for each choice. Each server counts intervals by itself,
 * so two turns may still coincide at times.
 */
export function hasTurn(node: { hash: number }, interval: number, others: readonly Candidate[]): boolean {
  const overLimit = 1 + others.filter(({ load }) => load >= RELIEVE_ABOVE).length;
  const contest = Math.min(1, MOST_CHOICES / (others.length + 1));
  return ((node.hash >>> 0) + interval) % Math.ceil(overLimit * contest * TURN) === 0;
}

interface Step {
  transportIds: string[];
  /** Share of a core. */
  cost: number;
}

/**
 * Of a large room one publisher. A small room moves as a whole, or its clients would need one
 * connection more each; as many small rooms together as suffice, up to a cost of `SMALL`.
 */
function steps({ load, sendings }: Burdened, excess: number): Step[] {
  const whole = sendings.reduce((sum, { weight }) => sum + weight, 0);
  const rooms = new Map<string, Step[]>();
  for (const { transportId, roomId, weight, stuck } of sendings) {
    if (stuck || weight === 0) continue;
    const step = { transportIds: [transportId], cost: (load * weight) / whole };
    const room = rooms.get(roomId);
    if (room) room.push(step);
    else rooms.set(roomId, [step]);
  }
  const all: Step[] = [];
  const small: Step[] = [];
  for (const room of rooms.values()) {
    const together = joined(room);
    if (together.cost < SMALL) small.push(together);
    else all.push(...room);
  }
  small.sort((a, b) => b.cost - a.cost);
  let cost = 0;
  const bundle = small.filter((room) => {
    const taken = cost < excess && cost + room.cost <= SMALL;
    if (taken) cost += room.cost;
    return taken;
  });
  if (bundle.length > 0) all.push(joined(bundle));
  return all;
}

function joined(steps: readonly Step[]): Step {
  return {
    transportIds: steps.flatMap(({ transportIds }) => transportIds),
    cost: steps.reduce((sum, { cost }) => sum + cost, 0),
  };
}

function isBetter(step: Step, than: Step, excess: number): boolean {
  const enough = step.cost >= excess;
  if (enough !== than.cost >= excess) return enough;
  return enough ? step.cost < than.cost : step.cost > than.cost;
}

/**
 * Share of a core. Placement ends at 0.7; between the two nothing happens, so that relief does not
 * move what was just placed there.
 */
const RELIEVE_ABOVE = 0.85;

/** Report intervals: the reports of the target node then show the move. */
const TURN = 3;

/**
 * Share of a core: the higher load must decrease by more than the error of the loads, because each
 * move makes all of its listeners connect anew.
 */
const WORTH_IT = 0.1;

/**
 * Share of a core: about 30 listeners of four publishers. Beyond that too many would connect at
 * once, and one publisher is worth moving alone.
 */
const SMALL = 0.1;
