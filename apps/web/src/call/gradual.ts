/** The tiles on the page in one of its pictures, by their ids. */
export interface Gradual {
  /** Those that have come, of the wanted ones. */
  readonly here: ReadonlySet<string>;
  /** Those that are out of sight, and not removed yet; the last one goes first. */
  readonly leaving: readonly string[];
}

export const NO_TILES: Gradual = { here: new Set(), leaving: [] };

/**
 * The next picture on the way to the wanted tiles: a dozen come, or a dozen go once all have come. As
 * many go at once where no more have to, such as people that leave the call. The same object when
 * nothing changes.
 */
export function nextPicture(before: Gradual, wanted: readonly string[]): Gradual {
  const all = new Set(wanted);
  const known = new Set([...before.here, ...before.leaving]);
  const fresh = wanted.filter((id) => !known.has(id)).slice(0, AT_ONCE);
  const gone = [...known].filter((id) => !all.has(id));
  const stays = gone.length <= AT_ONCE ? 0 : gone.length - (fresh.length > 0 ? 0 : AT_ONCE);
  if (fresh.length === 0 && gone.length === 0 && before.leaving.length === 0) return before;
  const come = new Set(fresh);
  return { here: new Set(wanted.filter((id) => known.has(id) || come.has(id))), leaving: gone.slice(0, stays) };
}

/** Tiles in one picture. */
const AT_ONCE = 12;
