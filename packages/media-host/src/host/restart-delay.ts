/**
 * Milliseconds before a worker is started again. After the first crash 0, because its users must be
 * back within 3 s (R11); after repeated crashes longer each time. `crashes` counts those without a
 * calm period between them.
 */
export function restartDelay(crashes: number): number {
  return crashes <= 1 ? 0 : Math.min(FIRST_DELAY * 2 ** (crashes - 2), LONGEST_DELAY);
}

/** Milliseconds of life after which the earlier crashes of a worker no longer count. */
export const CALM_PERIOD = 60_000;

/** For the second crash in a row: short enough that users are back within 3 s again. */
const FIRST_DELAY = 500;
/** A broken machine must not be kept busy with process starts, yet recover by itself. */
const LONGEST_DELAY = 30_000;
