import type { Browser, Page } from '@playwright/test';
import { paintDevices } from '../system/painted-devices.js';
import { expect, newContext, type Screen, type Surroundings } from './screen.js';

/** What a guest sees at a waiting room, after a refusal, a removal and the end, and without devices. */
export async function* closedScreens({ browser, url }: Surroundings): AsyncGenerator<Screen> {
  const [hosting, visiting] = [await newContext(browser), await newContext(browser)];
  const [host, guest] = [await hosting.newPage(), await visiting.newPage()];
  for (const page of [host, guest]) await paintDevices(page);
  await host.goto(url);
  await host.getByLabel('Meeting title').fill('Consultation');
  await host.getByLabel('Password', { exact: false }).fill('harbour');
  await host.getByRole('button', { name: 'Create meeting' }).click();
  await enter(host, 'Ada Lovelace');
  await host.getByRole('button', { name: 'People', exact: true }).click();
  const setting = async (name: string) => {
    await host.getByRole('button', { name: 'Meeting settings' }).click();
    await host.getByRole('switch', { name }).click();
    await host.keyboard.press('Escape');
  };
  await setting('Waiting room');
  const link = host.url();

  await guest.goto(link);
  await guest.getByLabel('Your name').fill('Omar Haddad');
  await guest.getByLabel('Password').fill('wrong');
  await guest.getByRole('button', { name: 'Join now' }).click();
  await expect(guest.getByText('Wrong password. Try again.')).toBeVisible();
  yield { name: 'lobby-wrong-password', page: guest, whole: true };
  await guest.getByLabel('Password').fill('harbour');
  const wait = async () => {
    await guest.getByRole('button', { name: 'Join now' }).click();
    await expect(guest.getByRole('status').filter({ hasText: 'Waiting to be let in' })).toBeVisible();
  };
  await wait();
  yield { name: 'lobby-waiting', page: guest, whole: true };
  await expect(host.getByRole('button', { name: 'Deny Omar Haddad' }).first()).toBeVisible();
  yield { name: 'call-waiting-list', page: host };
  await host.getByRole('button', { name: 'Deny Omar Haddad' }).first().click();
  await expect(guest.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
  yield { name: 'call-denied', page: guest };
  await setting('Waiting room');
  await guest.goto(link);
  await enter(guest, 'Omar Haddad', 'harbour');
  await host.getByRole('button', { name: 'Actions for Omar Haddad' }).click();
  yield { name: 'call-person-actions', page: host };
  await host.getByRole('button', { name: 'Remove from call: Omar Haddad' }).click();
  yield { name: 'call-remove', page: host };
  await host.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(guest.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible();
  yield { name: 'call-removed', page: guest };

  await host.getByRole('button', { name: 'Meeting settings' }).click();
  await host.getByRole('button', { name: 'End the meeting for everyone' }).click();
  await host.getByRole('button', { name: 'End meeting', exact: true }).click();
  await expect(host.getByRole('heading', { name: 'The meeting has ended' })).toBeVisible();
  yield { name: 'call-ended', page: host };
  await hosting.close();
  await visiting.close();
  yield* unreadyScreens(browser, url);
}

/** The lobby without permitted devices. */
async function* unreadyScreens(browser: Browser, url: string): AsyncGenerator<Screen> {
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.addInitScript(() => {
    MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
  });
  await page.goto(url);
  await page.getByRole('button', { name: 'Create meeting' }).click();
  await expect(page.getByText('You can still join.')).toBeVisible();
  yield { name: 'lobby-no-devices', page, whole: true };
  await context.close();
}

async function enter(page: Page, name: string, password?: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  if (password) await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Join now' }).click();
  await expect(page.getByRole('button', { name: 'Leave' })).toBeVisible();
}
