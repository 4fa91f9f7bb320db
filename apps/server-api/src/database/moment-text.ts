/**
 * PostgreSQL's text of a moment as ISO 8601. Without a date object where the database's time zone
 * is UTC, because reading and writing one takes ten times as long.
 */
export function isoOfMomentText(text: string): string {
  const utc = text.endsWith('+00') && text.length <= LONGEST && text[DATE] === ' ';
  if (!utc) return new Date(text).toISOString();
  const milliseconds = text.slice(SECONDS + 1, -3).padEnd(3, '0');
  return `${text.slice(0, DATE)}T${text.slice(DATE + 1, SECONDS)}.${milliseconds}Z`;
}

/**
 * Lengths: of the date, with a year of four digits; with the time; with milliseconds and offset.
 */
const DATE = '2026-01-01'.length;
const SECONDS = '2026-01-01 12:00:00'.length;
const LONGEST = '2026-01-01 12:00:00.123+00'.length;
