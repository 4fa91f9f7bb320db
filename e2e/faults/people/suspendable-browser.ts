import { type Browser, type BrowserServer, chromium as playwright } from '@playwright/test';
import type { chromium } from '../../system/browsers.js';
import { childrenOf } from '../../system/processes.js';

/** A browser whose processes can all be stopped and resumed, as in a machine's sleep. */
export class SuspendableBrowser {
  #stopped: number[] = [];

  private constructor(
    readonly browser: Browser,
    private readonly server: BrowserServer,
  ) {}

  static async launch(options: ReturnType<typeof chromium>): Promise<SuspendableBrowser> {
    const server = await playwright.launchServer(options);
    return new SuspendableBrowser(await playwright.connect(server.wsEndpoint()), server);
  }

  async suspend(): Promise<void> {
    const tree = await withDescendants(this.server.process().pid!);
    this.#stopped = tree;
    for (const pid of tree) process.kill(pid, 'SIGSTOP');
  }

  wake(): void {
    for (const pid of this.#stopped.splice(0).reverse()) process.kill(pid, 'SIGCONT');
  }

  async close(): Promise<void> {
    this.wake();
    await this.server.close();
  }
}

async function withDescendants(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [pid, ...(await Promise.all(children.map(withDescendants))).flat()];
}
