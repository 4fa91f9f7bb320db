import type { Clock } from '@waterbus/cluster';

/**
 * Waits for `work`, but at most this many milliseconds; resolves to whether it was done by then.
 * Rejects as `work` does.
 */
export async function withDeadline(clock: Clock, milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let stop = () => {};
  const tooLate = new Promise<boolean>((resolve) => {
    stop = clock.after(milliseconds, () => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), tooLate]);
  } finally {
    stop();
  }
}
