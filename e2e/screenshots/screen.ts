import { type Browser, type BrowserContext, type Page, expect as playwrightExpect } from '@playwright/test';
import type { Mailbox } from '../system/mailbox.js';

/** A page that shows a screen until the next one is requested. */
export interface Screen {
  /** Its pictures are named after it. */
  name: string;
  page: Page;
  /** Shown to its end, not only the part in the window. */
  whole?: boolean;
}

export interface Surroundings {
  browser: Browser;
  url: string;
  mailbox: Mailbox;
  /** The origin of a page around meetings in frames, which the server permits; nothing listens there. */
  pageAround: string;
}

/** With the patience of the browser suite: outside of its tests it is five seconds. */
export const expect = playwrightExpect.configure({ timeout: 60_000 });

export async function newContext(browser: Browser, locale = 'en-GB'): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
    locale,
    timezoneId: 'Europe/Berlin',
  });
  // tsx names functions by a function that pages do not have.
  await context.addInitScript('globalThis.__name = (named) => named');
  return context;
}
