import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'puppeteer-core';
import { openRoomsOfChoice } from '../system/breakout-rooms.js';
import { createMeeting, enter, type Person, tileOf } from '../system/call.js';
import { bothMove, enterWithFirefox, press, shows, withFirefox } from '../system/firefox.js';
import { test as base, expect } from '../system/test.js';

interface Flow {
  /** The host, with Chromium. */
  ada: Person;
  /** The person with Firefox, for the tiles of others. */
  fox: Person;
  page: Page;
}

const test = base.extend<{ flow: Flow; downloads: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures there.
  downloads: async ({}, use) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-firefox-'));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
  flow: async ({ waterbus, people, downloads }, use) => {
    const ada = await people('Ada');
    const link = await createMeeting(ada, waterbus);
    await enter(ada);
    const saving = { 'browser.download.folderList': 2, 'browser.download.dir': downloads };
    await withFirefox(async (page) => {
      await page.setViewport({ width: 1280, height: 800 });
      await enterWithFirefox(page, link, 'Fox');
      const fox = { ...ada, name: 'Fox' };
      await expect(tileOf(ada, fox)).toBeVisible();
      await page.locator('::-p-aria([name="Leave"][role="button"])').wait();
      await use({ ada, fox, page });
    }, saving);
  },
});

// `npm run test:firefox`
if (process.env.RELEASE === '1') {
  test('Firefox: a hand is raised by key and lowered by the host, reactions go both ways', async ({ flow }) => {
    const { ada, fox, page } = flow;
    await page.keyboard.press('h');
    await expect(tileOf(ada, fox).getByLabel('Fox raised a hand')).toBeVisible();
    await ada.page.getByRole('button', { name: 'People', exact: true }).click();
    await ada.page.getByRole('button', { name: 'Lower the hand of Fox' }).click();
    await showsSoon(page, 'A moderator lowered your hand');

    await press(page, 'React');
    await Promise.all([expect(ada.page.locator('.reaction')).toContainText('Fox'), press(page, 'Applause')]);
    await page.keyboard.press('Escape');
    await ada.page.getByRole('button', { name: 'React', exact: true }).click();
    const seen = page.waitForFunction(() => document.querySelector('.reaction')?.textContent?.includes('Ada'));
    await ada.page.getByRole('button', { name: 'Applause' }).click();
    await seen;
  });

  test('Firefox: a file is sent in the chat, and the one of another person saved', async ({ flow, downloads }) => {
    const { ada, page } = flow;
    await press(page, 'Chat');
    const input = await page.waitForSelector('input[type="file"]');
    await input!.evaluate((field) => {
      const files = new DataTransfer();
      files.items.add(new File(['notes '.repeat(1000)], 'notes.txt', { type: 'text/plain' }));
      (field as HTMLInputElement).files = files.files;
      field.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await showsSoon(page, 'notes.txt');
    await expect.poll(() => page.$$eval('progress, [role="progressbar"]', (bars) => bars.length)).toBe(0);
    await press(page, 'Send');
    await ada.page.getByRole('button', { name: /^Chat/ }).first().click();
    const download = ada.page.waitForEvent('download');
    await ada.page.getByRole('button', { name: 'Download notes.txt' }).click();
    expect(readFileSync(await (await download).path(), 'utf8')).toBe('notes '.repeat(1000));

    const plan = { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('plan '.repeat(1000)) };
    await ada.page.locator('input[type="file"]').setInputFiles([plan]);
    await ada.page.getByRole('button', { name: 'Send', exact: true }).click();
    await press(page, 'Download plan.txt');
    const saved = () => {
      try {
        return readFileSync(path.join(downloads, plan.name), 'utf8');
      } catch {
        return undefined;
      }
    };
    await expect.poll(saved).toBe('plan '.repeat(1000));
  });

  test('Firefox: a poll is announced, voted and shown', async ({ flow }) => {
    const { ada, page } = flow;
    await ada.page.getByRole('button', { name: 'Polls' }).click();
    const panel = ada.page.getByRole('complementary');
    await panel.getByRole('button', { name: 'New poll' }).click();
    await panel.getByLabel('Question').fill('When?');
    await panel.getByLabel('Choice 1').fill('Monday');
    await panel.getByLabel('Choice 2').fill('Friday');
    await panel.getByRole('button', { name: 'Start poll' }).click();
    await showsSoon(page, 'Ada started a poll: When?');
    await press(page, 'Vote');
    await page.locator('::-p-aria([name="Friday"][role="radio"])').click();
    await page.keyboard.press('Enter');
    await showsSoon(page, '1 vote, 100%');
    await expect(panel.getByText('1 vote, 100%')).toBeVisible();
  });

  test('Firefox: a breakout room is entered and left with one click', async ({ flow }) => {
    const { ada, fox, page } = flow;
    const dialog = await openRoomsOfChoice(ada, 'Harbour');
    await dialog.getByRole('button', { name: 'Join Harbour' }).click();
    await ada.page.keyboard.press('Escape');
    await expect(tileOf(ada, fox)).toHaveCount(0);
    await press(page, 'Rooms');
    await press(page, 'Join Harbour');
    await page.keyboard.press('Escape');
    await bothMove(ada, fox, page);
    await press(page, 'Main room');
    await expect(tileOf(ada, fox)).toHaveCount(0);
    const bar = ada.page.getByRole('region', { name: 'Breakout rooms' });
    await bar.getByRole('button', { name: 'Main room' }).click();
    await bothMove(ada, fox, page);
  });

  test('Firefox: leaves and joins again', async ({ flow }) => {
    const { ada, fox, page } = flow;
    await bothMove(ada, fox, page);
    await press(page, 'Leave');
    await showsSoon(page, 'You left the meeting');
    await expect(tileOf(ada, fox)).toHaveCount(0);
    await press(page, 'Rejoin');
    await press(page, 'Join now');
    await bothMove(ada, fox, page);
  });
}

const showsSoon = (page: Page, text: string) =>
  expect.poll(() => shows(page, text), { message: `Firefox shows ${text}` }).toBe(true);
