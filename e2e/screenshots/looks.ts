import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';

/** How a page is looked at. Sizes in CSS pixels. */
export interface Look {
  name: string;
  width: number;
  height: number;
  /** Device pixels of one CSS pixel. */
  scale: number;
  colorScheme: 'light' | 'dark';
}

const schemes = ['light', 'dark'] as const;

export const LOOKS: readonly Look[] = [
  ...schemes.map((colorScheme) => ({
    name: `desktop-${colorScheme}`,
    width: 1280,
    height: 800,
    scale: 1,
    colorScheme,
  })),
  ...schemes.map((colorScheme) => ({ name: `phone-${colorScheme}`, width: 390, height: 844, scale: 1, colorScheme })),
  ...schemes.map((colorScheme) => ({ name: `narrow-${colorScheme}`, width: 320, height: 640, scale: 1, colorScheme })),
  // A window of 1280 pixels at 200 %.
  { name: 'zoomed-light', width: 640, height: 400, scale: 2, colorScheme: 'light' },
];

/** The looks of which the repository keeps a picture. */
export const KEPT_LOOKS: readonly string[] = ['desktop-light', 'phone-dark'];

/** The page in this look, as WebP; `whole`: below the window's edge too. */
export async function shoot(page: Page, look: Look, file: string, whole: boolean): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  try {
    const { width, height, scale, colorScheme } = look;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const metrics = { width, height, deviceScaleFactor: scale, mobile: false };
    await devtools.send('Emulation.setDeviceMetricsOverride', metrics);
    await settled(page);
    if (whole) {
      const pageHeight = await page.evaluate(() => document.documentElement.scrollHeight);
      if (pageHeight > height) {
        await devtools.send('Emulation.setDeviceMetricsOverride', {
          ...metrics,
          height: Math.min(pageHeight, MOST_HEIGHT),
        });
        await settled(page);
      }
    }
    const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    await writeFile(path.resolve(file), Buffer.from(data, 'base64'));
    // Later screens are opened on a desktop.
    await devtools.send('Emulation.clearDeviceMetricsOverride');
  } finally {
    await devtools.detach();
  }
}

/** Pictures are loaded, and the page has been laid out in its size. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (const image of document.images) if (!image.complete) await image.decode().catch(() => {});
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  });
  await page.waitForTimeout(AFTER_LAYOUT);
}

/** Milliseconds: tiles are arranged after the size of the stage is known. */
const AFTER_LAYOUT = 300;
/** CSS pixels. */
const MOST_HEIGHT = 4_000;
const QUALITY = 78;
