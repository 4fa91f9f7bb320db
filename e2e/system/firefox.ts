import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { firefoxPath } from './browsers.js';

/** Debian's Firefox with a synthetic camera and microphone. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxPath(),
    headless: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
    },
  });
}

/** Opens the link and joins the call. */
export async function enterWithFirefox(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.locator('::-p-aria([name="Your name"][role="textbox"])').fill(name);
  await page.locator('::-p-aria([name="Join now"][role="button"])').click();
}
