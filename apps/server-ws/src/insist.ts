import type { Clock } from '@waterbus/cluster';

/**
 * Does it until it is done: for what the cluster has to be told sooner or later, while Redis may be away (R6). `work` must bear repeating; `over` says that nobody
 * wants it any more.
 */
export async function insist(
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

/** Milliseconds. Rooms are whole again within 5 s of Redis' return (R6). */
const PAUSE = 1000;
