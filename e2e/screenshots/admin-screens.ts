import type { Page } from '@playwright/test';
import { expect, type Screen } from './screen.js';

/** The administration, while a call runs. */
export async function* adminScreens(page: Page, url: string): AsyncGenerator<Screen> {
  await page.goto(`${url}/admin`);
  for (const section of SECTIONS) {
    await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: section }).click();
    await expect(page.getByRole('heading', { name: section, level: 1 })).toBeVisible();
    await expect(page.getByRole('table').first()).toBeVisible();
    yield { name: `admin-${section.toLowerCase().replace(' ', '-')}`, page, whole: true };
    if (section === 'Live meetings') {
      await page.getByRole('link', { name: /^Quality of/ }).click();
      await expect(page.getByRole('table', { name: /Calls of/ }).getByRole('row')).toHaveCount(2);
      yield { name: 'admin-call-quality', page, whole: true };
    }
    if (section === 'Webhooks') {
      await page.getByRole('link', { name: /^Deliveries to/ }).click();
      await expect(page.getByRole('table', { name: 'Deliveries' }).getByRole('row').nth(1)).toBeVisible();
      yield { name: 'admin-deliveries', page, whole: true };
    }
    if (section === 'Users') {
      await page
        .getByRole('button', { name: /^Delete / })
        .last()
        .click();
      await expect(page.getByRole('dialog')).toBeVisible();
      yield { name: 'admin-delete-user', page };
      await page.keyboard.press('Escape');
      // For the list of changes.
      page.once('dialog', (dialog) => void dialog.accept());
      await page.getByRole('button', { name: 'Disable Mei Lin' }).click();
      await page.getByRole('button', { name: 'Enable Mei Lin' }).click();
      await expect(page.getByRole('button', { name: 'Disable Mei Lin' })).toBeVisible();
    }
  }
}

/** An API key, a webhook whose address refuses connections, and another user. */
export async function prepareAdministration(url: string, signIn: { email: string; password: string }): Promise<void> {
  const post = async (path: string, body: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { accessToken } = (await post('sessions', signIn)).tokens;
  await post('api-keys', { name: 'Booking of rooms' }, accessToken);
  await post('webhooks', { url: 'http://127.0.0.1:9/hook' }, accessToken);
  await post('meetings', { title: 'Daily' }, accessToken);
  await post('accounts', { email: 'mei.lin@example.org', password: 'another long password', name: 'Mei Lin' });
}

const SECTIONS = [
  'Servers',
  'Live meetings',
  'Users',
  'API keys',
  'Webhooks',
  'Storage',
  'Settings',
  'Changes',
] as const;
