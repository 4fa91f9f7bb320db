/**
 * What one video could take. Its rungs are ways to send it, each better and dearer than the one
 * before.
 */
export interface Demand {
  /** The higher class is served first. */
  readonly priority: number;
  /** Bits per second at each rung, never falling. */
  readonly costs: ArrayLike<number>;
  /** The best rung that makes sense for it; -1 when it takes nothing. */
  readonly highest: number;
  /** The rung it has; -1 for none. */
  readonly held: number;
}

export interface Allocation {
  /** The rung of each demand, in the order of the demands; -1 for none. */
  readonly rungs: number[];
  /** Bits per second of all rungs together. */
  readonly spent: number;
  /**
   * The budget with which the first step that was refused would have been taken; `Infinity` when
   * none was.
   */
  readonly needed: number;
}

/**
 * Spends a budget (bits per second) on videos: each gets its lowest rung, in order of priority;
 * then each priority class in turn climbs round by round, everybody one rung, while the budget
 * lasts. A step that does not fit leaves its demand where it is, and the others may still climb.
 * `growth`, at most the budget, is the limit as soon as a demand climbs beyond what it holds
 * already, so that a path that barely carries what is sent does not get more.
 *
 * With `growth` equal to `budget`, more budget never spends less, and the first demand (in the
 * order in which they are served) that is served differently is served better.
 */
export function allocate(demands: readonly Demand[], budget: number, growth = budget): Allocation {
  const rungs = demands.map(() => -1);
  const order = demands.map((_, i) => i).sort((a, b) => compare(demands[a]!, demands[b]!) || a - b);
  let spent = 0;
  let needed = Number.POSITIVE_INFINITY;
  let hasGrown = false;
  let leastSeen = Number.POSITIVE_INFINITY;
  for (const { held, priority } of demands) if (held >= 0) leastSeen = Math.min(leastSeen, priority);

  for (const i of order) climb(i);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && demands[order[end]!]!.priority === demands[order[first]!]!.priority) end++;
    let climbing = order.slice(first, end).filter((i) => rungs[i]! >= 0);
    while (climbing.length > 0) climbing = climbing.filter(climb);
    first = end;
  }
  return { rungs, spent, needed };

  /** Answers whether it could climb one rung. */
  function climb(i: number): boolean {
    const { costs, highest, held, priority } = demands[i]!;
    const rung = rungs[i]! + 1;
    if (rung > highest) return false;
    const after = spent + costs[rung]! - (rung > 0 ? costs[rung - 1]! : 0);
    // Once something has grown, what others hold must not add to it: they may have to make room.
    // Somebody more important is seen in the place of somebody who is, however little their costs
    // differ.
    const isKept = (rung <= held && !hasGrown) || (rung === 0 && priority > leastSeen);
    if (after > (isKept ? budget : growth)) {
      if (needed === Number.POSITIVE_INFINITY) needed = after;
      return false;
    }
    spent = after;
    hasGrown ||= rung > held;
    rungs[i] = rung;
    return true;
  }
}

/**
 * In a class, the ones that are seen come first: noise in what they cost must not have them take
 * turns.
 */
function compare(one: Demand, other: Demand): number {
  return other.priority - one.priority || Number(other.held >= 0) - Number(one.held >= 0);
}
