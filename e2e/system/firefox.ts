import { expect } from '@playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { firefoxPath } from './browsers.js';
import { type Person, seesMoving } from './call.js';

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

/** Plays in a page of a Firefox that is closed at the end. */
export async function withFirefox(
  work: (page: Page) => Promise<void>,
  preferences: Record<string, unknown> = {},
): Promise<void> {
  const firefox = await launchFirefox(preferences);
  try {
    await work(await firefox.newPage());
  } finally {
    await firefox.close();
  }
}

/** Presses the button of this name. */
export async function press(page: Page, name: string): Promise<void> {
  const button = page.locator(`::-p-aria([name="${name}"][role="button"])`);
  await button.click().catch((cause) => {
    throw new Error(`The button "${name}" cannot be pressed`, { cause });
  });
}

/** Writes into the field of this label. */
export async function write(page: Page, label: string, text: string): Promise<void> {
  const field = page.locator(`::-p-aria([name="${label}"])`);
  await field.fill(text).catch((cause) => {
    throw new Error(`Nothing can be written into "${label}"`, { cause });
  });
}

/** Whether the text is on the page. */
export function shows(page: Page, text: string): Promise<boolean> {
  return page.evaluate((wanted) => document.body.innerText.includes(wanted), text);
}

/** Replaces the choice of a screen, which nobody makes on a machine without a display. */
export async function paintScreen(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    MediaDevices.prototype.getDisplayMedia = async () => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 640, height: 360 });
      const paint = canvas.getContext('2d')!;
      let frames = 0;
      setInterval(() => {
        frames += 1;
        paint.fillStyle = `hsl(${(frames * 7) % 360} 40% 60%)`;
        paint.fillRect(0, 0, 640, 360);
      }, 100);
      return canvas.captureStream(10);
    };
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

/** Each sees new pictures of the other. */
export async function bothMove(viewer: Person, fox: Person, page: Page): Promise<void> {
  await seesMoving(viewer, fox);
  let before = Number.POSITIVE_INFINITY;
  await expect
    .poll(async () => {
      const frames = await remoteFrames(page);
      before = Math.min(before, frames);
      return frames - before;
    })
    .toBeGreaterThanOrEqual(20);
}
