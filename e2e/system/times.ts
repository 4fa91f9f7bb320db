import { expect } from '@playwright/test';

/**
 * Prints how many milliseconds something took. The suite must hold on a machine with any load, so that the limit fails a test only under `npm run test:times`,
 * which wants a machine that does nothing else.
 */
export function judge(what: string, took: number, atMost: number): void {
  console.log(`${what}: ${Math.round(took)} ms, ${atMost} at most`);
  if (process.env.JUDGE_TIMES === '1') expect(took, what).toBeLessThanOrEqual(atMost);
}
