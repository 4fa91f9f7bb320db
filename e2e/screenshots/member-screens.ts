import type { Page } from '@playwright/test';
import { paintDevices } from '../system/painted-devices.js';
import { TITLE } from './people.js';
import { expect, type Screen } from './screen.js';

/** A call of the user alone, with messages, a file and a poll. Returns its link; the call goes on. */
export async function holdMeeting(page: Page, url: string): Promise<string> {
  await paintDevices(page);
  await page.goto(url);
  await page.getByLabel('Meeting title').fill(TITLE);
  await page.getByRole('button', { name: 'Create meeting' }).click();
  await expect(page.getByText('You join as the host.')).toBeVisible();
  const link = page.url();
  await page.getByRole('button', { name: 'Join now' }).click();
  await page.getByRole('button', { name: 'Chat', exact: true }).click();
  const field = page.getByLabel('Message', { exact: true });
  await field.fill('The plan of the ramp, for tomorrow:');
  await page
    .locator('input[type="file"]')
    .setInputFiles([
      { name: 'north-quay.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 a plan '.repeat(4_000)) },
    ]);
  const pending = page.getByRole('list', { name: 'Files to send' });
  await expect(pending.getByRole('listitem')).toHaveCount(1);
  await expect(pending.getByRole('progressbar')).toHaveCount(0);
  await field.press('Enter');
  await expect(pending).toHaveCount(0);
  await field.fill('Still open:\n- the **crane**\n- the ramp, see `section-b`');
  await field.press('Enter');
  await page.getByRole('button', { name: 'Polls', exact: true }).click();
  const polls = page.getByRole('complementary', { name: 'Polls' });
  await polls.getByRole('button', { name: 'New poll' }).click();
  await polls.getByLabel('Question').fill('When do we walk along the quay?');
  await polls.getByLabel('Choice 1').fill('Monday morning');
  await polls.getByLabel('Choice 2').fill('Friday, after the review');
  await polls.getByRole('button', { name: 'Start poll' }).click();
  await polls.getByRole('radio', { name: 'Monday morning' }).check();
  await polls.getByRole('button', { name: 'Vote', exact: true }).click();
  await polls.getByRole('button', { name: 'End poll', exact: true }).click();
  await expect(polls.getByText('Closed.')).toBeVisible();
  return link;
}

/** The account of the signed-in user. */
export async function* accountScreens(page: Page, url: string): AsyncGenerator<Screen> {
  await page.goto(url);
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Next' }).getByRole('listitem').first()).toBeVisible();
  yield { name: 'home-signed-in', page, whole: true };
  await page.goto(`${url}/account`);
  await expect(page.getByRole('heading', { name: 'Delete account' })).toBeVisible();
  await expect(
    page.getByRole('region', { name: 'Where you are signed in' }).getByRole('listitem').first(),
  ).toBeVisible();
  yield { name: 'account', page, whole: true };
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  await page.getByRole('heading', { name: 'Two-step sign-in' }).evaluate((heading) => heading.scrollIntoView());
  yield { name: 'account-authenticator', page };
}

/** The page of a meeting outside of its call. */
export async function* placeScreens(page: Page, link: string): AsyncGenerator<Screen> {
  await page.goto(`${link}/overview`);
  await page.getByRole('button', { name: 'Set a date' }).click();
  await page.getByLabel('Date', { exact: true }).fill('2098-03-27');
  await page.getByLabel('Time', { exact: true }).fill('10:00');
  await page.getByLabel('Time zone').selectOption('Europe/Berlin');
  await page.getByLabel('Repeats').selectOption('Every week');
  yield { name: 'meeting-schedule', page, whole: true };
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Dates' }).getByRole('listitem').first()).toBeVisible();
  await page.goto(`${link}/people`);
  await page.getByLabel('E-mail address').fill('mei.lin@example.org');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'mei.lin@example.org' })).toBeVisible();
  for (const [section, shown] of [
    ['overview', page.getByRole('region', { name: 'Dates' }).getByRole('listitem').first()],
    ['people', page.getByRole('listitem').filter({ hasText: 'mei.lin@example.org' })],
    ['chat', page.locator('.message').last()],
    ['files', page.getByRole('main').getByRole('listitem').first()],
    ['polls', page.getByRole('list', { name: 'Results' }).first()],
    ['history', page.locator('summary').first()],
    ['settings', page.getByRole('button', { name: 'End the meeting for everyone' })],
  ] as const) {
    await page.goto(`${link}/${section}`);
    await expect(shown).toBeVisible();
    if (section === 'history') await page.locator('summary').first().click();
    yield { name: `meeting-${section}`, page, whole: section !== 'chat' };
  }
}
