import { readdir } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { childrenOf } from '@waterbus/e2e/testing/processes';

/**
 * Raises the priority of all processes that this process has started above other work of the
 * machine, whose effects on a call are not the network's. Browsers lower their pages again by
 * themselves. Works for root only; for others it does nothing.
 */
export async function runBeforeOtherWork(pid = process.pid): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (const child of await childrenOf(pid)) {
    await runBeforeOtherWork(child);
    // Linux keeps a priority for each thread.
    for (const thread of await readdir(`/proc/${child}/task`).catch(() => [])) {
      try {
        setPriority(Number(thread), PRIORITY);
      } catch {
        // The thread has ended meanwhile.
      }
    }
  }
}

/** Nice value. */
const PRIORITY = -10;
