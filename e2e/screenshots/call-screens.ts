import type { Browser, Page } from '@playwright/test';
import { type Crowd, startCrowd } from '../crowd/crowd-process.js';
import { paintDevices } from '../system/painted-devices.js';
import { breakoutScreens, drawingScreens, pollScreens } from './feature-screens.js';
import { OTHERS, TITLE } from './people.js';
import { expect, newContext, type Screen, type Surroundings } from './screen.js';

/** Lobby and call of the host, with eight people of the crowd and a presenter. */
export async function* callScreens({ browser, url }: Surroundings): AsyncGenerator<Screen> {
  const own = await newContext(browser);
  const page = await own.newPage();
  await paintDevices(page);
  await page.goto(url);
  await page.getByLabel('Meeting title').fill(TITLE);
  await page.getByRole('button', { name: 'Create meeting' }).click();
  await expect(page.getByText('You join as the host.')).toBeVisible();
  const [link, code] = [page.url(), page.url().split('/').at(-1)!];
  yield { name: 'lobby', page, whole: true };
  await page.getByRole('button', { name: 'Background and sound' }).click();
  yield { name: 'lobby-effects', page };
  await page.keyboard.press('Escape');
  const crowd = await startCrowd(page, url, code);
  try {
    yield* screensWithOthers({ browser, page, link, crowd });
  } finally {
    crowd.end();
    await own.close();
  }
}

async function* screensWithOthers(call: {
  browser: Browser;
  page: Page;
  link: string;
  crowd: Crowd;
}): AsyncGenerator<Screen> {
  const { browser, page, link, crowd } = call;
  await page.getByRole('button', { name: 'Join now' }).click();
  await expect(page.getByRole('button', { name: 'Leave' })).toBeVisible();
  yield { name: 'call-alone', page };

  await crowd.wish({ join: OTHERS.slice(0, 1) });
  await showsPictures(page, 2);
  yield { name: 'call-two', page };
  await crowd.wish({ join: OTHERS.slice(1) });
  await showsPictures(page, 8);
  await crowd.wish({ speak: 1 });
  await expect(page.locator('[data-talking]').filter({ hasText: OTHERS[1]! })).toBeVisible();
  await withoutToasts(page);
  yield { name: 'call-grid', page };
  const settings = async (layout: string) => {
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await page.getByLabel('Layout').selectOption(layout);
  };
  await settings('Large speaker');
  yield { name: 'call-settings', page };
  await page.keyboard.press('Escape');
  await showsPictures(page, 6);
  yield { name: 'call-speaker', page };
  await settings('Automatic');
  await page.keyboard.press('Escape');

  const context = await newContext(browser);
  const presenter = await context.newPage();
  await paintDevices(presenter);
  await paintScreen(presenter);
  await presenter.goto(link);
  await presenter.getByLabel('Your name').fill('Cleo Martin');
  await presenter.getByRole('button', { name: 'Join now' }).click();
  await expect(presenter.getByRole('button', { name: 'Leave' })).toBeVisible();
  await presenter.getByRole('button', { name: 'Raise hand' }).first().click();
  yield* chatScreens(page, presenter);

  await page.getByRole('button', { name: 'People', exact: true }).click();
  await expect(page.getByRole('complementary', { name: 'People' })).toBeVisible();
  await withoutToasts(page);
  yield { name: 'call-people', page };
  await page.getByRole('button', { name: 'Meeting settings' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  yield { name: 'call-meeting-settings', page };
  await page.keyboard.press('Escape');
  yield* pollScreens(page, presenter);
  await page.getByRole('button', { name: 'People', exact: true }).click();
  yield* breakoutScreens(page);
  await page.getByRole('button', { name: 'Close people' }).click();
  await page.getByRole('button', { name: 'React', exact: true }).click();
  await presenter.getByRole('button', { name: 'React', exact: true }).click();
  await presenter.getByRole('button', { name: 'Applause' }).click();
  await expect(page.locator('.reaction')).toBeVisible();
  yield { name: 'call-reactions', page };
  await page.keyboard.press('Escape');

  await presenter.getByRole('button', { name: 'Share screen' }).click();
  const screen = page.locator('.screen');
  await expect.poll(() => screen.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth)).not.toBe(0);
  await withoutToasts(page);
  yield { name: 'call-screen', page };
  yield { name: 'call-presenting', page: presenter };
  yield* drawingScreens(page, presenter);
  await presenter.getByRole('button', { name: 'Leave', exact: true }).click();
  await expect(presenter.getByRole('heading', { name: 'You left the meeting' })).toBeVisible();
  yield { name: 'call-left', page: presenter };
  await context.close();
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'You left the meeting' })).toBeVisible();
}

async function* chatScreens(page: Page, other: Page): AsyncGenerator<Screen> {
  const open = async (of: Page) => {
    await of.getByRole('button', { name: /^Chat/ }).click();
    await expect(of.getByLabel('Message', { exact: true })).toBeVisible();
  };
  const write = async (of: Page, text: string) => {
    const field = of.getByLabel('Message', { exact: true });
    await field.fill(text);
    await field.press('Enter');
    await expect(of.locator('.message').last()).toContainText(text.split(/[*\n]/)[0]!);
  };
  await open(page);
  await open(other);
  await write(other, 'The drawings of the north quay are here: https://example.org/harbour/north-quay');
  await write(page, 'Thank you! Still open:\n- the **crane**\n- the ramp, see `section-b`\n> at most 6 %');
  await write(other, 'It is wide enough for two buses.');
  await other
    .locator('input[type="file"]')
    .setInputFiles([
      { name: 'north-quay.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 a plan '.repeat(4_000)) },
    ]);
  await expect(other.getByRole('list', { name: 'Files to send' }).getByRole('listitem')).toHaveCount(1);
  await expect(other.getByRole('list', { name: 'Files to send' }).getByRole('progressbar')).toHaveCount(0);
  await write(other, 'The plan of the ramp');
  const message = page.locator('.message').last();
  await message.hover();
  await message.getByRole('button', { name: 'Reply' }).click();
  await write(page, 'Then it is settled.');
  const mine = other.locator('.message').last();
  await mine.hover();
  await mine.getByRole('button', { name: 'Add reaction' }).click();
  await other.getByRole('button', { name: 'Thumbs up' }).click();
  await expect(page.getByRole('button', { name: /^👍/ })).toBeVisible();
  await withoutToasts(page);
  yield { name: 'call-chat', page };
  await page.getByRole('button', { name: 'Close chat' }).click();
  await other.getByRole('button', { name: 'Close chat' }).click();
}

async function showsPictures(page: Page, count: number): Promise<void> {
  const shown = () =>
    page
      .locator('[data-participant-id] video')
      .evaluateAll((videos) => videos.filter((video) => (video as HTMLVideoElement).videoWidth > 0).length);
  await expect.poll(shown).toBeGreaterThanOrEqual(count);
}

/** Takes away messages that cover the page for a moment. */
async function withoutToasts(page: Page): Promise<void> {
  await expect(async () => {
    await page.locator('.toast-close').evaluateAll((buttons) => {
      for (const button of buttons) (button as HTMLElement).click();
    });
    expect(await page.locator('.toast').count()).toBe(0);
  }).toPass();
}

/** The shared screen is a drawn plan. */
async function paintScreen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    MediaDevices.prototype.getDisplayMedia = async () => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 1280, height: 720 });
      const paint = canvas.getContext('2d')!;
      setInterval(() => {
        paint.fillStyle = '#f7f5ef';
        paint.fillRect(0, 0, 1280, 720);
        paint.fillStyle = '#1d3b46';
        paint.font = '600 44px sans-serif';
        paint.fillText('North quay, section B', 80, 110);
        paint.font = '26px sans-serif';
        for (const [line, text] of [
          'Ramp: 6 %, 7.2 m wide',
          'Crane: 40 t, rails 10.5 m apart',
          'Lights: every 24 m',
        ].entries())
          paint.fillText(text, 80, 190 + 46 * line);
        paint.fillStyle = '#9cc3cf';
        paint.fillRect(80, 520, 1120, 120);
        paint.fillStyle = '#7c8b8f';
        paint.beginPath();
        for (const [x, y] of [
          [80, 520],
          [560, 520],
          [760, 400],
          [1200, 400],
          [1200, 520],
        ] as const)
          paint.lineTo(x, y);
        paint.fill();
      }, 200);
      return canvas.captureStream(5);
    };
  });
}
