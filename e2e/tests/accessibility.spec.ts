import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { createMeeting, enter, seesMoving } from '../system/call.js';
import { expect, test } from '../system/test.js';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`home, lobby and call pass the automatic checks of WCAG 2.1 AA, ${colorScheme}`, async ({
    waterbus,
    people,
  }) => {
    const [ada, ben] = [await people('Ada'), await people('Ben')];
    await ada.page.emulateMedia({ colorScheme });
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

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect(found).toEqual([]);
}
