import { createMeeting, enter, hears, seesMoving, tileOf } from '../system/call.js';
import { enterWithFirefox, launchFirefox, remoteFrames, remoteSound } from '../system/firefox.js';
import { expect, test } from '../system/test.js';

test('a Firefox joins the same call as Chromium', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const firefox = await launchFirefox();
  try {
    const page = await firefox.newPage();
    await enterWithFirefox(page, link, 'Fox');
    const fox = { ...ada, name: 'Fox' };
    await expect(tileOf(ada, fox)).toBeVisible();
    await seesMoving(ada, fox);
    await hears(ada, 1);
    await expect.poll(() => remoteFrames(page)).toBeGreaterThan(20);
    await expect.poll(() => remoteSound(page)).toBeGreaterThan(0);
  } finally {
    await firefox.close();
  }
  await expect(tileOf(ada, 'Fox')).toHaveCount(0);
});
