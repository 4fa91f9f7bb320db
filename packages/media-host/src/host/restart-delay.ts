/**
 * How long to wait before a worker is started again. The first crash is answered at once, because its users must be back
 * within 3 s (R11); one that keeps crashing waits longer each time. `crashes` counts those without a calm period between.
 */
export function restartDelay(crashes: number): number {
  return crashes <= 1 ? 0 : Math.min(FIRST_DELAY * 2 ** (crashes - 2), LONGEST_DELAY);
}

/** A worker that lived this long, in milliseconds, has its earlier crashes forgotten. */
export const CALM_PERIOD = 60_000;

/** Twice in a row: short enough to be back within 3 s once more. */
const FIRST_DELAY = 500;
/** A broken machine should not be kept busy with starting processes, yet recover by itself. */
const LONGEST_DELAY = 30_000;
