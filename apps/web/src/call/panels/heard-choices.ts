import { plural, t } from '@lingui/core/macro';
/**
 * The choices of the setting, in ascending order with "everyone" last; they include the current
 * value, which may be another number.
 */
export function heardChoices(now: number): number[] {
  const counts = [...new Set([...COUNTS, now])].filter((count) => count > 0);
  return [...counts.sort((one, other) => one - other), EVERYONE];
}

export function heardText(count: number): string {
  if (count === EVERYONE) return t`Everyone`;
  const people = plural(count, { one: '# person', other: '# people' });
  return count === DEFAULT ? t`${people} (default)` : people;
}

const EVERYONE = 0;

/** The API's default. */
const DEFAULT = 8;

/** From one speaker at a time to a large conversation; the API accepts up to 64. */
const COUNTS = [1, 3, 5, DEFAULT, 12, 16, 32, 64];
