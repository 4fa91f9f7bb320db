import type { Page } from '@playwright/test';
import { createMeeting, enter, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('focus, single keys and views', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const { page } = ada;
  await createMeeting(ada, waterbus);
  await enter(ada);
  await expect(page.getByRole('heading', { name: 'Weekly' })).toBeFocused();

  // Keys belong to a panel and a dialog from the beginning, while their code is loading.
  const chat = page.getByRole('complementary', { name: 'Chat' });
  const arrive = await hold(page, /\/(?:call-chat|settings-dialog)-[\w-]+\.js/);
  await page.keyboard.press('c');
  await expect(chat.getByText('Loading messages…')).toBeVisible();
  await page.keyboard.type('mp');
  await page.keyboard.press('Enter');
  arrive('call-chat');
  await expect(chat.getByLabel('Message', { exact: true })).toHaveValue('mp');
  await page.keyboard.type('h');
  await expect(chat.getByLabel('Message', { exact: true })).toHaveValue('mph');
  await page.getByRole('button', { name: 'Close chat' }).click();
  await expect(page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.keyboard.press('m');
  await page.keyboard.press('Escape');
  await expect(settings).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Settings' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('c');
  arrive('settings-dialog');
  await expect(settings.getByLabel('Layout')).toBeVisible();
  await page.keyboard.press('c');
  await expect(settings.getByText('Open or close the chat')).toBeVisible();
  await expect(chat).toHaveCount(0);
  await settings.getByLabel('Use single keys').uncheck();
  await settings.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('button', { name: 'Settings' })).toBeFocused();
  await page.keyboard.press('m');
  await page.keyboard.press('c');
  await expect(page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
  await expect(chat).toHaveCount(0);
});

test('of two people the own tile is small or hidden; a message is counted in the title', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  const widths = () =>
    Promise.all([ada, ben].map(async (who) => (await tileOf(ada, who).boundingBox())?.width ?? Number.NaN));
  await expect.poll(async () => (await widths())[1]).toBeGreaterThan(600);
  expect((await widths())[0]).toBeLessThan(300);
  await ada.page.getByRole('button', { name: 'Settings' }).click();
  const settings = ada.page.getByRole('dialog', { name: 'Settings' });
  await settings.getByLabel('Layout').selectOption('grid');
  await expect.poll(async () => new Set(await widths()).size).toBe(1);
  await settings.getByLabel('Hide my own picture').check();
  await expect(tileOf(ada, ada)).toHaveCount(0);
  await expect(tileOf(ben, ada)).toHaveCount(1);
  await settings.getByRole('button', { name: 'Close' }).click();

  await ben.page.getByRole('button', { name: 'Chat', exact: true }).click();
  await ben.page.getByLabel('Message', { exact: true }).fill('Hello');
  await ben.page.keyboard.press('Enter');
  await expect(ada.page).toHaveTitle('(1) Weekly · Waterbus');
  await ada.page.getByRole('button', { name: /^Chat/ }).click();
  await expect(ada.page).toHaveTitle('Weekly · Waterbus');
});

/** Files of this kind do not arrive until the returned function is called with a part of their names. */
async function hold(page: Page, files: RegExp): Promise<(name: string) => void> {
  const held: { url: string; go: () => void }[] = [];
  const free = new Set<string>();
  await page.route(files, async (route) => {
    const url = route.request().url();
    if (![...free].some((name) => url.includes(name))) await new Promise<void>((go) => held.push({ url, go }));
    await route.continue();
  });
  return (name) => {
    free.add(name);
    for (const { url, go } of held) if (url.includes(name)) go();
  };
}
