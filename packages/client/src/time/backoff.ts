/**
 * Milliseconds to wait before attempt n (from 0) to connect again. The first attempts are fast,
 * because most losses last for a moment; jitter keeps the users of a restarted server from
 * reconnecting all at once.
 */
export function backoff(attempt: number, random: () => number): number {
  const base = attempt === 0 ? FIRST : Math.min(SECOND * 2 ** (attempt - 1), LONGEST);
  return base * (0.5 + random());
}

/**
 * A server that restarts refuses sockets within microseconds; 50 ms let another node take over
 * first.
 */
const FIRST = 50;
const SECOND = 250;
/** A user that leaves an elevator should not wait longer than this. */
const LONGEST = 4_000;
