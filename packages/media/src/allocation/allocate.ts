/**
 * The demand of one video. Its rungs are ways to send it, each better and more expensive than
 * the one before.
 */
export interface Demand {
  /** The higher class is served first. */
  readonly priority: number;
  /** Bits per second at each rung, never falling. */
  readonly costs: ArrayLike<number>;
  /** The best useful rung; -1 when it takes nothing. */
  readonly highest: number;
  /** The current rung; -1 for none. */
  readonly held: number;
}

export interface Allocation {
  /** The rung of each demand, in the order of the demands; -1 for none. */
  readonly rungs: number[];
  /** Bits per second of all rungs together. */
  readonly spent: number;
  /** The budget that would have allowed the first refused step; `Infinity` without one. */
  readonly needed: number;
}

/**
 * Spends a budget (bits per second) on videos. Each gets its lowest rung, in order of priority;
 * then each priority class in turn climbs round by round, every video one rung, while the budget
 * lasts. A step that does not fit leaves its demand in place, and the others may still climb.
 * `growth`, at most the budget, is the limit as soon as a demand climbs beyond its held rung, so
 * that a path that barely carries the current media does not get more.
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

  /** Answers whether the demand could climb one rung. */
  function climb(i: number): boolean {
    const { costs, highest, held, priority } = demands[i]!;
    const rung = rungs[i]! + 1;
    if (rung > highest) return false;
    const after = spent + costs[rung]! - (rung > 0 ? costs[rung - 1]! : 0);
    // Once a demand has grown, the others' held rungs must not add to it: they may have to make
    // room. A more important video replaces a visible one, however little their costs differ.
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
 * Within a class visible videos come first: variation of their costs must not make them take turns.
 */
function compare(one: Demand, other: Demand): number {
  return other.priority - one.priority || Number(other.held >= 0) - Number(one.held >= 0);
}
