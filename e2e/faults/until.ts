/** Milliseconds until it was so; `limit` when it never became so within that time. */
export async function until(condition: () => boolean | Promise<boolean>, limit: number): Promise<number> {
  const begun = performance.now();
  while (!(await condition())) {
    if (performance.now() - begun >= limit) return limit;
    await pause(LOOK_INTERVAL);
  }
  return performance.now() - begun;
}

/** A fault lasts, and people pause between two words. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Milliseconds; what is measured is seconds. */
const LOOK_INTERVAL = 10;
