import { expect } from '@playwright/test';

/**
 * Prints a measured time in milliseconds. The suite must pass on a machine with any load, so the
 * limit fails a test only under `npm run test:times`, which requires an otherwise idle machine.
 */
export function judge(what: string, took: number, atMost: number): void {
  console.log(`${what}: ${Math.round(took)} ms, ${atMost} at most`);
  if (process.env.JUDGE_TIMES === '1') expect(took, what).toBeLessThanOrEqual(atMost);
}
