import { readdir } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { childrenOf } from '../../e2e/system/processes.js';

/**
 * Lets everything that this process has started run before other work of the machine: what that
 * takes from a call is not the network's doing. Browsers set their pages back by themselves. Only
 * root may; elsewhere nothing happens.
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
        // It has ended meanwhile.
      }
    }
  }
}

/** Nice value. */
const PRIORITY = -10;
