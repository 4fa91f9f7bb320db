import type { Page } from '@playwright/test';
import { type Mailbox, openMailbox } from './mailbox.js';
import { test as base, expect } from './test.js';
import type { Waterbus } from './waterbus.js';

/** Of the administrator. */
export const ADDRESS = 'root@example.org';

/** With a mail server, so that an address can be verified, and an administrator with `ADDRESS`. */
export const test = base.extend<object, { mailbox: Mailbox; waterbus: Waterbus }>({
  mailbox: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from this pattern
    async ({}, use) => {
      const mailbox = await openMailbox();
      await use(mailbox);
      await mailbox.close();
    },
    { scope: 'worker' },
  ],
  waterbus: [
    async ({ mailbox, startWaterbus }, use) => {
      const waterbus = await startWaterbus(async (url) => ({
        ...{ PUBLIC_URL: url, SMTP_URL: mailbox.url, MAIL_FROM: 'Waterbus <meet@example.org>' },
        ADMINS: ADDRESS,
        PRIVATE_WEBHOOKS: '1',
      }));
      await use(waterbus);
      await waterbus.stop();
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});

/** Creates the account, which is no administrator's before its address is verified. */
export async function createAccount(page: Page, waterbus: Waterbus): Promise<void> {
  await page.goto(`${waterbus.url}/create-account`);
  await page.getByLabel('Your name').fill('Root');
  await page.getByLabel('E-mail address').fill(ADDRESS);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
}

export async function verifyAddress(page: Page, mailbox: Mailbox): Promise<void> {
  await page.goto(await mailbox.linkTo(ADDRESS, /Verify/));
  await expect(page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();
}
