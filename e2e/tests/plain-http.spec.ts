import { PLAIN_HTTP_HOST } from '../system/browsers.js';
import { createMeeting, enter, type Person } from '../system/call.js';
import { expect, test } from '../system/test.js';
import type { Waterbus } from '../system/waterbus.js';

// Without a secure context, the user agent alone shows the browser's abilities; the one of a
// headless browser does not.
test.use({
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
});

// `npm start` prints such addresses. They offer no camera, no clipboard and no crypto.randomUUID;
// the rest works.

test('chat works without a secure context, and the link can be copied', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await meetOnPlainHttp(waterbus, ada, ben);
  expect(await ada.page.evaluate(() => [window.isSecureContext, typeof crypto.randomUUID])).toEqual([
    false,
    'undefined',
  ]);

  await ada.page.getByRole('button', { name: 'Chat', exact: true }).click();
  await ada.page.getByLabel('Message', { exact: true }).fill('Hello Ben');
  await ada.page.keyboard.press('Enter');
  await expect(ada.page.getByRole('complementary').getByText('Hello Ben')).toBeVisible();
  await ben.page.getByRole('button', { name: /^Chat/ }).click();
  await expect(ben.page.getByRole('complementary').getByText('Hello Ben')).toBeVisible();

  await ben.page.getByRole('button', { name: 'Copy link' }).first().click();
  await expect(ben.page.getByText('Link copied')).toBeVisible();
  await ben.page.getByLabel('Message', { exact: true }).focus();
  await ben.page.keyboard.press('Control+V');
  await expect(ben.page.getByLabel('Message', { exact: true })).toHaveValue(link);
});

test('without any way to copy, the page shows the link until it is dismissed', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await meetOnPlainHttp(waterbus, ada, ben);
  await ben.page.evaluate(() => {
    document.execCommand = () => false;
  });
  await ben.page.getByRole('button', { name: 'Copy link' }).first().click();
  const shown = ben.page.locator('.toast', { hasText: link });
  await expect(shown).toBeVisible();
  expect(await shown.locator('p').evaluate((element) => getComputedStyle(element).userSelect)).toBe('text');
  await shown.getByRole('button', { name: 'Dismiss' }).click();
  await expect(shown).toHaveCount(0);
});

test('a draft message survives a reload; a message that is too long is refused as a whole', async ({
  waterbus,
  people,
}) => {
  const ada = await people('Ada');
  await createMeeting(ada, waterbus);
  await enter(ada);
  await ada.page.getByRole('button', { name: 'Chat', exact: true }).click();
  const input = ada.page.getByLabel('Message', { exact: true });
  const text = 'x'.repeat(4_010);
  await input.fill(text);
  await expect(ada.page.getByText('10 characters too long. Send it in parts.')).toBeVisible();
  await ada.page.keyboard.press('Enter');
  await expect(input).toHaveValue(text);
  await input.fill('Not sent yet');
  await ada.page.reload();
  await ada.page.getByRole('button', { name: 'Chat', exact: true }).click();
  await expect(input).toHaveValue('Not sent yet');
});

async function meetOnPlainHttp(waterbus: Waterbus, ada: Person, ben: Person): Promise<string> {
  const plain = { ...waterbus, url: waterbus.url.replace('localhost', PLAIN_HTTP_HOST) };
  const link = await createMeeting(ada, plain);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  return link;
}
