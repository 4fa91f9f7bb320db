/** What a meeting can be set to, in ascending order and everyone last; with what it is set to now, which may be another number. */
export function heardChoices(now: number): number[] {
  const counts = [...new Set([...COUNTS, now])].filter((count) => count > 0);
  return [...counts.sort((one, other) => one - other), EVERYONE];
}

export function heardText(count: number): string {
  if (count === EVERYONE) return 'Everyone';
  const text = count === 1 ? '1 person' : `${count} people`;
  return count === DEFAULT ? `${text} (default)` : text;
}

const EVERYONE = 0;

/** As in the API. */
const DEFAULT = 8;

/** From one speaker at a time to as many as a conversation can have; the API takes up to 64. */
const COUNTS = [1, 3, 5, DEFAULT, 12, 16, 32, 64];
