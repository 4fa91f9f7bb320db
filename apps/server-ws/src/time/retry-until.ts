import type { Clock } from '@waterbus/cluster';

/**
 * Retries until success: for changes that the cluster must receive eventually, while Redis may be
 * away (R6). `work` must be idempotent; `over` ends the retries.
 */
export async function retryUntil(
  work: () => Promise<void>,
  { clock, over, failed }: { clock: Clock; over: () => boolean; failed: (error: unknown) => void },
): Promise<void> {
  while (!over()) {
    try {
      return await work();
    } catch (error) {
      if (over()) return;
      failed(error);
    }
    await new Promise<void>((resolve) => void clock.after(PAUSE, resolve));
  }
}

/** Milliseconds. Rooms are complete again within 5 s of Redis' return (R6). */
const PAUSE = 1000;
