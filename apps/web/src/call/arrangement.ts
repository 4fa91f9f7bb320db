/** The order of the others' tiles, and what it depends on. */
export interface Arrangement {
  readonly order: readonly string[];
  /** The main speaker among the others; the last one while none of them speaks. */
  readonly main: string | undefined;
  /** The number of the turn in which each of them last spoke first. */
  readonly turns: ReadonlyMap<string, number>;
}

export const NO_ARRANGEMENT: Arrangement = { order: [], main: undefined, turns: new Map() };

/**
 * The next arrangement of the participants that are `present`: newcomers come last, and a speaker
 * beyond the first `places` changes places with the one there that has been silent for the longest
 * time. No other tile moves. The same object when nothing changes.
 *
 * @param speakers Ids of those who speak, the main speaker first.
 */
export function arrange(
  before: Arrangement,
  present: readonly string[],
  speakers: readonly string[],
  places: number,
): Arrangement {
  const here = new Set(present);
  const order = before.order.filter((id) => here.has(id));
  const known = new Set(order);
  order.push(...present.filter((id) => !known.has(id)));
  const talking = speakers.filter((id) => here.has(id)).slice(0, places);
  const turns = new Map([...before.turns].filter(([id]) => here.has(id)));
  let turn = Math.max(0, ...turns.values());
  const speak = (id: string) => {
    turn += 1;
    turns.set(id, turn);
  };
  const main = talking[0] ?? (before.main !== undefined && here.has(before.main) ? before.main : undefined);
  if (main !== undefined && main !== before.main) speak(main);
  for (const id of talking) {
    const index = order.indexOf(id);
    if (index < places) continue;
    const silent = longestSilent(order.slice(0, places), talking, turns);
    order[index] = order[silent]!;
    order[silent] = id;
    if (id !== main) speak(id);
  }
  return isEqual(before, order, main) ? before : { order, main, turns };
}

/**
 * The pages of tiles: the user's own tile ends the first one. At least one page; all but the last
 * one are full.
 */
export function pagesOf<T>(others: readonly T[], self: T | undefined, places: number): T[][] {
  const first = self === undefined ? places : places - 1;
  const pages = [[...others.slice(0, first), ...(self === undefined ? [] : [self])]];
  for (let start = first; start < others.length; start += places) pages.push(others.slice(start, start + places));
  return pages;
}

/** The index of the one whose turn is the longest ago; of several that never spoke, the last one. */
function longestSilent(
  shown: readonly string[],
  talking: readonly string[],
  turns: ReadonlyMap<string, number>,
): number {
  let found = shown.length - 1;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, id] of shown.entries()) {
    const turn = turns.get(id) ?? 0;
    if (talking.includes(id) || turn > least) continue;
    found = index;
    least = turn;
  }
  return found;
}

function isEqual(before: Arrangement, order: readonly string[], main: string | undefined): boolean {
  return (
    before.main === main &&
    before.order.length === order.length &&
    before.order.every((id, index) => id === order[index])
  );
}
