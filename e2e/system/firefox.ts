import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { firefoxPath } from './browsers.js';

/** Debian's Firefox with a synthetic camera and microphone. */
export function launchFirefox(preferences: Record<string, unknown> = {}): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxPath(),
    headless: true,
    acceptInsecureCerts: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.peerconnection.ice.loopback': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      ...preferences,
    },
  });
}

/** Opens the link and joins the call. */
export async function enterWithFirefox(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.locator('::-p-aria([name="Your name"][role="textbox"])').fill(name);
  await page.locator('::-p-aria([name="Join now"][role="button"])').click();
}

/**
 * Firefox leaves `getVideoPlaybackQuality()` at 0 for live streams; it counts painted frames under
 * a name of its own.
 */
export function remoteFrames(page: Page): Promise<number> {
  return page.evaluate(() => {
    const video = document.querySelector<HTMLVideoElement & { mozPaintedFrames: number }>(
      '[data-participant-id]:not([data-self]) video',
    );
    return video && video.videoWidth > 0 ? video.mozPaintedFrames : 0;
  });
}

export function remoteSound(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { call } = (
      window as unknown as { waterbus: { call: { stats(): Promise<{ direction: string; report: RTCStatsReport }[]> } } }
    ).waterbus;
    let energy = 0;
    for (const { direction, report } of await call.stats()) {
      if (direction !== 'receive') continue;
      report.forEach((entry) => {
        if (entry.type === 'inbound-rtp' && entry.kind === 'audio') energy += entry.totalAudioEnergy ?? 0;
      });
    }
    return energy;
  });
}
