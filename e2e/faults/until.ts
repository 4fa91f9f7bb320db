/** Milliseconds until it was so; Infinity when it did not become so within `limit`. */
export async function until(condition: () => boolean | Promise<boolean>, limit: number): Promise<number> {
  const begun = performance.now();
  while (!(await condition())) {
    if (performance.now() - begun >= limit) return Number.POSITIVE_INFINITY;
    await pause(LOOK_INTERVAL);
  }
  return performance.now() - begun;
}

/** A fault lasts, and people pause between two words. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Milliseconds that a run waits for what must happen: a busy machine is slow, and that breaks no rule. */
export const PATIENCE = 60_000;

/** Milliseconds; what is measured is seconds. */
const LOOK_INTERVAL = 10;
