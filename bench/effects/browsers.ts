import { chromium as playwright } from '@playwright/test';
import { chromium } from '@waterbus/e2e/testing/browsers';
import { launchFirefox } from '@waterbus/e2e/testing/firefox';

/** A page of a browser, as far as this measurement needs it. */
export interface MeasuredPage {
  browser: string;
  goto(url: string): Promise<void>;
  /** The value of an expression in the page. */
  value<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

/** `script`: runs in each page before its own scripts. */
export async function openBrowser(name: string, script: string): Promise<MeasuredPage> {
  return name === 'firefox' ? openFirefox(script) : openChromium(script);
}

async function openChromium(script: string): Promise<MeasuredPage> {
  const browser = await playwright.launch(chromium());
  const page = await browser.newPage({ permissions: ['camera', 'microphone'] });
  await page.addInitScript(script);
  return {
    browser: `Chromium ${browser.version()}`,
    goto: async (url) => void (await page.goto(url)),
    value: (expression) => page.evaluate(expression),
    close: () => browser.close(),
  };
}

async function openFirefox(script: string): Promise<MeasuredPage> {
  const browser = await launchFirefox();
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(script);
  return {
    browser: await browser.version(),
    goto: async (url) => void (await page.goto(url)),
    value: async <T>(expression: string) => (await page.evaluate(expression)) as T,
    close: () => browser.close(),
  };
}
