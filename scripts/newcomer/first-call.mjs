// The first call: two people in a browser, until each sees and hears the other.
import { chromium } from '@playwright/test';
import { chromium as installed } from '../../e2e/system/browsers.ts';

export async function firstCall(origin) {
  const { executablePath, args } = installed();
  const browser = await chromium.launch({
    executablePath,
    // The way behind NAT has no certificate.
    args: [...args, `--unsafely-treat-insecure-origin-as-secure=${origin}`],
  });
  try {
    const permissions = ['camera', 'microphone'];
    const pages = await Promise.all(
      ['Ada', 'Ben'].map(async () => (await browser.newContext({ permissions })).newPage()),
    );
    const [ada, ben] = pages;
    await ada.goto(origin);
    await ada.getByLabel('Meeting title').fill('First call');
    await ada.getByRole('button', { name: 'Create meeting' }).click();
    await ada.waitForURL(/\/m\//);
    await enter(ada, 'Ada');
    await ben.goto(ada.url());
    await enter(ben, 'Ben');
    await Promise.all(pages.map((page) => page.waitForFunction(sees, undefined, PATIENCE)));
    await Promise.all(pages.map((page) => page.waitForFunction(hears, undefined, PATIENCE)));
  } finally {
    await browser.close();
  }
}

async function enter(page, name) {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join now' }).click();
  await page.getByRole('button', { name: 'Leave' }).waitFor();
}

/** In the page: both tiles move. */
function sees() {
  const videos = [...document.querySelectorAll('[data-participant-id] video')];
  return videos.filter((video) => video.getVideoPlaybackQuality().totalVideoFrames > 20).length >= 2;
}

/** In the page. */
async function hears() {
  for (const { direction, report } of await window.waterbus.call.stats()) {
    for (const entry of report.values()) {
      if (direction === 'receive' && entry.type === 'inbound-rtp' && entry.totalAudioEnergy > 0) return true;
    }
  }
  return false;
}

const PATIENCE = { timeout: 120_000 };
