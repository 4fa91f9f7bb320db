import type { Page } from '@playwright/test';
import { mailTest } from './mail-test.js';
import type { Mailbox } from './mailbox.js';
import { expect } from './test.js';
import type { Waterbus } from './waterbus.js';

/** Of the administrator. */
export const ADDRESS = 'root@example.org';

/** With a mail server, so that an address can be verified, and an administrator with `ADDRESS`. */
export const test = mailTest({ ADMINS: ADDRESS, PRIVATE_WEBHOOKS: '1' });

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
