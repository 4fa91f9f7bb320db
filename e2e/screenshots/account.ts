import type { Page } from '@playwright/test';
import type { Mailbox } from '../system/mailbox.js';
import { ADMINISTRATOR } from './people.js';
import { expect } from './screen.js';

/** Registers the administrator, with a verified address. */
export async function createAccount(page: Page, url: string, mailbox: Mailbox): Promise<void> {
  const { name, address, password } = ADMINISTRATOR;
  await page.goto(`${url}/create-account`);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail address').fill(address);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  await page.goto(await mailbox.linkTo(address, /Verify/));
  await expect(page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();
}
