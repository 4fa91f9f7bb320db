import type { Locator, Page } from '@playwright/test';
import { emulateLook, expectNoViolations } from '../system/accessibility.js';
import { createMeeting, enter, seesMoving } from '../system/call.js';
import { cutOff, widenText } from '../system/cut-off.js';
import { expect, test } from '../system/test.js';
import { walkByTab } from '../system/walk-by-tab.js';

test('states of pages and of a call, light and dark, on a desktop and at 320 pixels', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const { page } = ada;
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await page.goto(waterbus.url);
  await page.getByLabel('Meeting code or link').fill('not a code');
  await button('Join').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expectAccessible(page, 'home');
  const link = await createMeeting(ada, waterbus);
  await expect(page.getByLabel('Your name')).toBeVisible();
  await expectAccessible(page, 'lobby');
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  await seesMoving(ada, ben);

  await button('Chat').click();
  await page.getByLabel('Message', { exact: true }).fill('Hello');
  await page.keyboard.press('Enter');
  await expect(page.locator('.message:not(.outgoing)')).toBeVisible();
  await expectAccessible(page, 'chat');
  await button('Polls').click();
  await button('New poll').click();
  await expectAccessible(page, 'new poll');
  await button('People').click();
  await button('Actions for Ben').click();
  await expectAccessible(page, 'people');
  await button('Breakout rooms').click();
  await expectAccessible(page, 'breakout rooms');
  await page.keyboard.press('Escape');
  await button('Meeting settings').click();
  await expect(page.getByRole('switch', { name: 'Waiting room' })).toBeVisible();
  await expectAccessible(page, 'meeting settings');
  await page.keyboard.press('Escape');
  await button('Settings').click();
  await expectAccessible(page, 'settings');
  await page.keyboard.press('Escape');
  await button('Close people').click();
  await ben.page.getByRole('button', { name: 'Share screen' }).click();
  await page.getByRole('button', { name: 'Draw: screen of Ben' }).click();
  await expectAccessible(page, 'drawing on a screen');
  await button('Leave').click();
  await expect(page.getByRole('heading', { name: 'You left the meeting' })).toBeFocused();
  await expectAccessible(page, 'left');
});

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
  await expect(page.getByRole('button', { name: 'Create meeting' })).toBeVisible();
  expect(await walkByTab(page)).toEqual(expect.arrayContaining(['Meeting title', 'Create meeting', 'Sign in']));
  await page.getByLabel('Meeting title').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/m\//);
  await expect(page.getByLabel('Your name')).toBeVisible();
  expect(await walkByTab(page)).toEqual(expect.arrayContaining(['Your name', 'Join now', 'Background and sound']));
  await page.getByLabel('Your name').focus();
  // The code of the polls is loaded soon after the beginning of the call.
  const [chat, polls] = [await hold(page, '**/call-chat-*.js'), await hold(page, '**/follow-polls-*.js')];
  await page.keyboard.type('Mel Vim');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Leave' })).toBeVisible();
  expect(await walkByTab(page)).toEqual(expect.arrayContaining(['Mute microphone', 'Chat', 'Settings', 'Leave']));
  await keepsFocusWhileLoading(page, 'Chat', page.getByLabel('Message', { exact: true }), chat);
  await keepsFocusWhileLoading(page, 'Polls', page.getByRole('button', { name: 'New poll' }), polls);
  await opensAndCloses(page);
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

/** The content of a panel arrives late: the focus stays where the user moved it meanwhile. */
async function keepsFocusWhileLoading(page: Page, name: string, content: Locator, arrive: () => void): Promise<void> {
  await page.getByRole('button', { name, exact: true }).press('Enter');
  const close = page.getByRole('button', { name: `Close ${name.toLowerCase()}` });
  await expect(close).toBeVisible();
  await close.focus();
  await expect(content).toHaveCount(0);
  arrive();
  await expect(content).toBeVisible();
  await expect(close).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(close).toHaveCount(0);
}

/** Requests for a file have no response until the returned function is called. */
async function hold(page: Page, file: string): Promise<() => void> {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route(file, async (route) => {
    await arrived;
    await route.continue();
  });
  return arrive;
}

/** Panels, the popover and dialogs: Enter opens, Escape closes, and the focus is at the button again. */
async function opensAndCloses(page: Page): Promise<void> {
  for (const [name, inside] of [
    ['React', page.getByRole('button', { name: 'Applause' })],
    ['Chat', page.getByRole('complementary', { name: 'Chat' })],
    ['People', page.getByRole('complementary', { name: 'People' })],
    ['Polls', page.getByRole('complementary', { name: 'Polls' })],
    ['Settings', page.getByRole('dialog', { name: 'Settings' })],
  ] as const) {
    const opener = page.getByRole('button', { name, exact: true });
    await opener.press('Enter');
    await expect(inside).toBeVisible();
    expect((await walkByTab(page)).length, name).toBeGreaterThan(1);
    await inside.getByRole('button').or(inside).last().focus();
    await page.keyboard.press('Escape');
    await expect(inside).toBeHidden();
    await expect(opener).toBeFocused();
  }
}

/**
 * WCAG 2.2 AA as far as axe finds it, in one scheme after the other; with wide text nothing is cut
 * off at 320 CSS pixels (1.4.10, 1.4.12). `npm run test:accessibility` looks at each state in all.
 */
async function expectAccessible(page: Page, where: string): Promise<void> {
  const desktop = page.viewportSize()!;
  const isDark = checked++ % 2 === 1;
  await emulateLook(page, { colorScheme: isDark ? 'dark' : 'light' });
  if (!isDark) await expectNoViolations(page, where, 'light');
  await page.setViewportSize({ width: 320, height: 640 });
  const removed = await widenText(page);
  expect([where, await cutOff(page)]).toEqual([where, []]);
  await removed();
  if (isDark) await expectNoViolations(page, where, 'dark');
  await page.setViewportSize(desktop);
}

/** States so far. */
let checked = 0;
