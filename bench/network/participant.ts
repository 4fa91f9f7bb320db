import type { Browser, BrowserContext, Page } from '@playwright/test';
import type { Bench, Entering } from './page/page.js';
import type { Way } from './path/start-path.js';

/**
 * One person of a call under test: a browser context whose media and signalling use the person's
 * own ports of the network.
 */
export class Participant {
  private constructor(
    readonly name: string,
    private readonly context: BrowserContext,
    private readonly page: Page,
    private readonly way: Way,
    private readonly script: string,
  ) {}

  static async open(browser: Browser, options: { name: string; way: Way; script: string }): Promise<Participant> {
    // The server's policy would refuse the code of the benchmark.
    const context = await browser.newContext({ bypassCSP: true, permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error(`${options.name}: ${error}`));
    const participant = new Participant(options.name, context, page, options.way, options.script);
    await participant.reload();
    return participant;
  }

  /**
   * Opens a page in its state before the click: from the server's own origin, with the code loaded,
   * without a call.
   */
  async reload(): Promise<void> {
    await this.page.goto(`${this.way.origin}/healthz`);
    await this.page.addScriptTag({ content: this.script });
    await this.do('begin', this.way.mediaPort);
  }

  do<K extends keyof Bench>(what: K, ...words: Parameters<Bench[K]>): Promise<Awaited<ReturnType<Bench[K]>>> {
    return this.page.evaluate(
      ([what, words]) => {
        const { bench } = window as unknown as { bench: Record<string, (...words: unknown[]) => unknown> };
        return bench[what]!(...words);
      },
      [what, words] as const,
    ) as Promise<Awaited<ReturnType<Bench[K]>>>;
  }

  async enter(entering: Omit<Entering, 'name'>): Promise<{ clicked: number; participantId: string }> {
    const all = { ...entering, name: this.name };
    await this.do('openDevices', all);
    return this.do('enter', all);
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
