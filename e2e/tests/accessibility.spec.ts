import { emulateLook, expectNoViolations } from '../system/accessibility.js';
import { createMeeting, enter, seesMoving } from '../system/call.js';
import { expect, test } from '../system/test.js';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`home, lobby and call pass the automatic checks of WCAG 2.1 AA, ${colorScheme}`, async ({
    waterbus,
    people,
  }) => {
    const [ada, ben] = [await people('Ada'), await people('Ben')];
    await emulateLook(ada.page, { colorScheme });
    await ada.page.goto(waterbus.url);
    await expect(ada.page.getByRole('button', { name: 'Create meeting' })).toBeVisible();
    await expectNoViolations(ada.page);
    const link = await createMeeting(ada, waterbus, { password: 'correct horse' });
    await expect(ada.page.getByLabel('Your name')).toBeVisible();
    await expectNoViolations(ada.page);
    await enter(ada);
    await ben.page.goto(link);
    await enter(ben, { password: 'correct horse' });
    await seesMoving(ada, ben);
    await expectNoViolations(ada.page);
  });
}

test('without motion a change of the colour scheme leaves nothing to fade', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  await createMeeting(ada, waterbus);
  for (const colorScheme of ['light', 'dark', 'light'] as const) {
    await emulateLook(ada.page, { colorScheme });
    const moving = await ada.page.evaluate(() => {
      getComputedStyle(document.documentElement).backgroundColor;
      return document
        .getAnimations()
        .filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 0)
        .map(({ effect }) => (effect as KeyframeEffect).target?.className);
    });
    expect(moving).toEqual([]);
  }
});

test('a call can be entered, muted and left with the keyboard alone', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const { page } = ada;
  await page.goto(waterbus.url);
  await page.getByLabel('Meeting title').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/m\//);
  await page.getByLabel('Your name').focus();
  await page.keyboard.type('Mel Vim');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Leave' })).toBeVisible();
  await page.keyboard.press('m');
  await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
  await page.keyboard.press('m');
  await expect(page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
  await page.keyboard.press('v');
  await expect(page.getByRole('button', { name: 'Start camera' })).toBeVisible();
  await page.getByRole('button', { name: 'Leave' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /rejoin/i })).toBeVisible();
});
