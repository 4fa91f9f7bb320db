/** Milliseconds until the condition holds; Infinity when it does not hold within `limit`. */
export async function until(condition: () => boolean | Promise<boolean>, limit: number): Promise<number> {
  const begun = performance.now();
  while (!(await condition())) {
    if (performance.now() - begun >= limit) return Number.POSITIVE_INFINITY;
    await pause(LOOK_INTERVAL);
  }
  return performance.now() - begun;
}

/** Waits for the given time. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Milliseconds that a run waits for a required event: a busy machine is slow, which breaks no rule.
 */
export const PATIENCE = 60_000;

/** Milliseconds between checks; the measured times are seconds. */
const LOOK_INTERVAL = 10;
