import { chromium as playwright } from '@playwright/test';
import { freePort } from '@waterbus/stun/testing/free-ports';
import { chromium } from '../system/browsers.js';
import { openMailbox } from '../system/mailbox.js';
import { startWaterbus } from '../system/waterbus.js';
import { ADMINISTRATOR } from './people.js';
import type { Screen } from './screen.js';
import { PARTS, tour } from './tour.js';

/**
 * Plays the tour in a system of its own. `only`: beginnings of screens' names, separated by commas;
 * `parts`: of the tour, too, all by default.
 * A part that fails, or a screen, makes the exit code 1; the others follow.
 */
export async function playTour(
  { only, parts }: { only: string; parts?: string | undefined },
  look: (screen: Screen) => Promise<void>,
): Promise<void> {
  const wanted = only.split(',');
  const played = parts?.split(',') ?? PARTS;
  const failed = (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  };
  // Another site than `localhost`.
  const pageAround = `http://127.0.0.1:${await freePort()}`;
  const mailbox = await openMailbox();
  const waterbus = await startWaterbus('one-process', async (url) => ({
    PUBLIC_URL: url,
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'Waterbus <meet@example.org>',
    ADMINS: ADMINISTRATOR.address,
    PRIVATE_WEBHOOKS: '1',
    FRAME_ANCESTORS: pageAround,
    LOG_LEVEL: 'warn',
  }));
  const browser = await playwright.launch(chromium({ fps: 10 }));
  try {
    for await (const screen of tour({ browser, url: waterbus.url, mailbox, pageAround }, played, failed)) {
      if (!wanted.some((start) => screen.name.startsWith(start))) continue;
      await look(screen).catch(failed);
      console.log(screen.name);
    }
  } finally {
    await browser.close();
    await waterbus.stop();
    await mailbox.close();
  }
}
