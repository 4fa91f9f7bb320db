import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { emulateLook, expectNoViolations } from '../system/accessibility.js';
import { enter, type Person } from '../system/call.js';
import { mailTest } from '../system/mail-test.js';
import { expect } from '../system/test.js';
import type { Waterbus } from '../system/waterbus.js';

/** With a mail server, for invitations. */
const test = mailTest();

test('a meeting is a place: dates, members, history and a new host', async ({ waterbus, people, mailbox }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const { page } = ada;
  await emulateLook(page, { colorScheme: 'light' });
  await register(ada, waterbus);
  await page.goto(await mailbox.linkTo('ada@example.org', /Verify/));
  await expect(page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();

  // A date, which home lists, and the calendar file.
  await page.goto(waterbus.url);
  await page.getByLabel('Meeting title').fill('Planning');
  await page.getByRole('button', { name: 'Schedule for later' }).click();
  await page.getByLabel('Date', { exact: true }).fill('2098-03-27');
  await page.getByLabel('Time', { exact: true }).fill('10:00');
  await page.getByLabel('Time zone').selectOption('Europe/Berlin');
  await page.getByLabel('Repeats').selectOption('Every week');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Dates' }).getByRole('listitem')).toHaveCount(4);
  await expectNoViolations(page, 'overview');
  expect(await saved(page, 'Add to calendar')).toContain('DTSTART;TZID=Europe/Berlin:20980327T100000');
  const code = page.url().split('/')[4] ?? '';

  // An invitation by mail; the other one accepts it, and comes into the call.
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByLabel('E-mail address').fill('ben@example.org');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'ben@example.org' })).toBeVisible();
  await expectNoViolations(page, 'people');
  await register(ben, waterbus);
  await ben.page.goto(await mailbox.linkTo('ben@example.org', /Invitation/));
  await ben.page.getByRole('button', { name: 'Accept' }).click();
  await enter(ben);
  await ben.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await ben.page.getByRole('link', { name: 'Meeting page' }).click();
  await expect(ben.page.getByRole('link', { name: 'History' })).toBeHidden();
  await ben.page.goto(waterbus.url);
  await expect(
    ben.page.getByRole('region', { name: 'Next' }).getByRole('link', { name: 'Planning' }).first(),
  ).toBeVisible();
  await expectNoViolations(ben.page, 'home');

  // A mention outside of the call, which the other one's home counts when it is looked at again.
  await page.getByRole('link', { name: 'Chat' }).click();
  await page.getByRole('textbox', { name: 'Message' }).pressSequentially('@Be');
  await page.getByRole('option', { name: 'Ben' }).click();
  await page.getByRole('textbox', { name: 'Message' }).pressSequentially('see you');
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
  await expect(page.getByText('see you')).toBeVisible();
  await ben.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(
    ben.page.getByRole('link', { name: /Planning.* 1 message that mentions you 1 unread message$/ }),
  ).toBeVisible();
  await expectNoViolations(ben.page, 'home with a mention');

  // Guests without an account, at once; one comes in past the password and the waiting room.
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('switch', { name: 'Waiting room' }).check();
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByLabel('Role', { exact: true }).selectOption('Guest, without an account');
  await page.getByRole('switch', { name: 'Let in without waiting' }).check();
  await page.getByLabel('E-mail addresses').fill('gus@example.org, pia@example.org');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByText('2 invitations sent')).toBeVisible();
  const guests = page.getByRole('listitem').filter({ hasText: 'As a guest, let in without waiting' });
  await expect(guests).toHaveCount(2);
  await expectNoViolations(page, 'guests');
  const guest = await people('Gus');
  const link = await mailbox.linkTo('gus@example.org', /Invitation/);
  await guest.page.goto(link);
  await expect(guest.page.getByLabel('Your name')).toBeVisible();
  // The secret has left the address bar.
  expect(guest.page.url()).toBe(`${waterbus.url}/m/${code}`);
  await enter(guest);
  await guest.page.getByRole('button', { name: 'Leave', exact: true }).click();
  // Withdrawn, it no longer counts: the guest knocks.
  await guests
    .filter({ hasText: 'gus@example.org' })
    .getByRole('button', { name: /Withdraw/ })
    .click();
  await expect(guests).toHaveCount(1);
  await guest.page.goto('about:blank');
  await guest.page.goto(link);
  await guest.page.getByRole('button', { name: 'Join now' }).click();
  await expect(guest.page.getByText('Waiting to be let in')).toBeVisible();
  await guest.page.goto('about:blank');

  // Who was in the call.
  await page.getByRole('link', { name: 'History' }).click();
  // The first call, before the guest's own.
  await page.locator('summary').last().click();
  await expect(page.getByRole('table', { name: 'People in this call' }).getByRole('rowheader')).toHaveText(['Ben']);
  await expectNoViolations(page, 'history');
  expect(await saved(page, 'Download as CSV')).toMatch(/^\ufeff"Name",.*\r\n"Ben","member"/);

  // The host becomes a moderator, at once in this page too.
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('switch', { name: 'Members only' }).check();
  await expect(page.getByRole('button', { name: 'Set password' })).toBeVisible();
  await expectNoViolations(page, 'settings');
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByLabel('Role of Ben').selectOption('Host…');
  await page.getByRole('dialog', { name: 'Make Ben the host?' }).getByRole('button', { name: 'Make host' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Ada (you)' })).toContainText('Moderator');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('button', { name: 'Set password' })).toBeHidden();

  // Ended for everyone: its page stays, among the ended ones.
  await ben.page.goto(`${waterbus.url}/m/${code}/settings`);
  await ben.page.getByRole('button', { name: 'End the meeting for everyone' }).click();
  await ben.page.getByRole('dialog').getByRole('button', { name: 'End meeting' }).click();
  await expect(ben.page.getByText('This meeting has ended for everyone.')).toBeVisible();
  await ben.page.goto(waterbus.url);
  await ben.page.getByText('Ended meetings').click();
  await ben.page.getByRole('link', { name: 'Planning' }).click();
  await expect(ben.page.getByRole('link', { name: 'Join' })).toBeHidden();

  // Nobody else sees that it exists.
  await guest.page.goto(`${waterbus.url}/m/${code}/people`);
  await expect(guest.page.getByRole('heading', { name: 'This page is for members' })).toBeVisible();
  guest.pageErrors.splice(0);
});

test('an API key is shown once, used, and revoked', async ({ waterbus, people, mailbox }) => {
  const kim = await people('Kim');
  const { page } = kim;
  await register(kim, waterbus);
  await page.goto(`${waterbus.url}/account`);
  const keys = page.getByRole('region', { name: 'API keys' });
  const create = async () => {
    await keys.getByLabel('Name of the key').fill('Booking');
    await keys.getByRole('button', { name: 'Create key' }).click();
  };
  await create();
  await expect(keys.getByRole('alert')).toHaveText('Verify your e-mail address first.');
  await page.goto(await mailbox.linkTo('kim@example.org', /Verify/));
  await expect(page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();
  await page.goto(`${waterbus.url}/account`);
  await create();
  const secret = await keys.locator('code').innerText();
  const status = async () => {
    const headers = { authorization: `Bearer ${secret}` };
    return (await fetch(`${waterbus.url}/v1/meetings`, { headers })).status;
  };
  expect(await status()).toBe(200);
  await keys.getByRole('button', { name: 'I have saved it' }).click();
  await expect(keys.getByText(secret)).toHaveCount(0);
  page.on('dialog', (dialog) => void dialog.accept());
  await keys.getByRole('button', { name: 'Revoke the key Booking' }).click();
  await expect(keys.getByRole('listitem')).toHaveCount(0);
  expect(await status()).toBe(401);
  // The refusals that the test caused.
  kim.pageErrors.splice(0);
});

/** The text of the file that a button saves. */
async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  return readFile(await download.path(), 'utf8');
}

async function register(who: Person, waterbus: Waterbus): Promise<void> {
  const { page } = who;
  await page.goto(`${waterbus.url}/create-account`);
  await page.getByLabel('Your name').fill(who.name);
  await page.getByLabel('E-mail address').fill(`${who.name.toLowerCase()}@example.org`);
  await page.getByLabel('Password').fill('battery staple correct');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('link', { name: who.name })).toBeVisible();
}
