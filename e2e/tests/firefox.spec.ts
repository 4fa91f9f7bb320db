import { createMeeting, enter, hears, tileOf } from '../system/call.js';
import {
  bothMove,
  enterWithFirefox,
  paintScreen,
  press,
  remoteSound,
  shows,
  withFirefox,
  write,
} from '../system/firefox.js';
import { expect, test } from '../system/test.js';

test('a Firefox joins the same call as Chromium, writes, shares its screen, and is back after a reload', async ({
  waterbus,
  people,
}) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await withFirefox(async (page) => {
    await paintScreen(page);
    await enterWithFirefox(page, link, 'Fox');
    const fox = { ...ada, name: 'Fox' };
    await expect(tileOf(ada, fox)).toBeVisible();
    await bothMove(ada, fox, page);
    await hears(ada, 1);
    await expect.poll(() => remoteSound(page)).toBeGreaterThan(0);

    await press(page, 'Chat');
    await write(page, 'Message', 'Hello from Firefox');
    await page.keyboard.press('Enter');
    await ada.page.getByRole('button', { name: 'Chat, 1 unread' }).click();
    await ada.page.getByLabel('Message', { exact: true }).fill('Hello from Chromium');
    await ada.page.keyboard.press('Enter');
    await expect.poll(() => shows(page, 'Hello from Chromium')).toBe(true);
    await press(page, 'Close chat');

    await press(page, 'Share screen');
    const screen = ada.page.locator('.screen video');
    await expect.poll(() => screen.evaluate((video: HTMLVideoElement) => video.videoWidth)).toBe(640);
    await press(page, 'Stop sharing');
    await expect(screen).toHaveCount(0);

    await page.reload();
    await expect(tileOf(ada, fox)).toHaveCount(1);
    await bothMove(ada, fox, page);
  });
  await expect(tileOf(ada, 'Fox')).toHaveCount(0);
});
