import type { Page } from '@playwright/test';
import { emulateLook, expectNoViolations } from '../system/accessibility.js';
import { ADDRESS, createAccount, test, verifyAddress } from '../system/administrator.js';
import { enter } from '../system/call.js';
import { expect } from '../system/test.js';

test('an administrator sees the server, once the address is verified', async ({ waterbus, people, mailbox }) => {
  const root = await people('Root');
  const { page } = root;
  await emulateLook(page, { colorScheme: 'light' });
  await createAccount(page, waterbus);
  await page.goto(`${waterbus.url}/admin`);
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  await verifyAddress(page, mailbox);

  await prepare(waterbus.url);

  // A call of the administrator's own, in another tab.
  const call = await root.context.newPage();
  await call.goto(waterbus.url);
  await call.getByLabel('Meeting title').fill('Planning');
  await call.getByRole('button', { name: 'Create meeting' }).click();
  await enter({ ...root, page: call });

  await page.goto(`${waterbus.url}/account`);
  await page.getByRole('link', { name: 'Administration' }).click();
  const servers = page.getByRole('table', { name: 'Servers' });
  await expect(servers.getByRole('row')).toHaveCount(1 + 4);
  await expect(servers.getByText('The only one: cannot be drained')).toBeVisible();
  await look(page, 'servers');

  await open(page, 'Live meetings');
  await expect(page.getByRole('table', { name: 'Live meetings' }).getByRole('row', { name: /Planning/ })).toBeVisible();
  await look(page, 'live meetings');
  await page.getByRole('link', { name: 'Quality of Planning' }).click();
  await expect(page.getByRole('table', { name: /Calls of/ }).getByRole('row')).toHaveCount(2);
  if (process.env.ADMIN_MEASURED) await measured(page);
  await look(page, 'call quality');

  await open(page, 'Live meetings');
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'End the call of Planning' }).click();
  await expect(page.getByText('No call is running.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Live meetings' })).toBeFocused();
  await expect(call.getByRole('heading', { name: 'The meeting has ended' })).toBeVisible();

  await open(page, 'Users');
  await expect(page.getByRole('table', { name: 'Users' }).getByRole('row', { name: /root@/ })).toContainText(
    'Administrator',
  );
  await look(page, 'users');
  await changesUsers(page);

  await open(page, 'API keys');
  await expect(page.getByRole('table', { name: 'API keys' }).getByRole('row', { name: /CRM/ })).toBeVisible();
  await look(page, 'API keys');
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Revoke the key CRM' }).click();
  await expect(page.getByRole('rowheader', { name: /Second key/ })).toBeFocused();

  await open(page, 'Webhooks');
  await expect(
    page.getByRole('table', { name: 'Webhooks' }).getByRole('row', { name: /127\.0\.0\.1:9/ }),
  ).toBeVisible();
  await look(page, 'webhooks');
  await repeatsDeliveries(page);
  await open(page, 'Storage');
  await expect(page.getByRole('row', { name: /^users / })).toContainText('1');
  await look(page, 'storage');

  await open(page, 'Settings');
  await expect(page.getByRole('row', { name: /^SMTP_URL/ })).toContainText('Set, not shown');
  await expect(page.getByRole('row', { name: /^ADMINS/ })).toContainText(ADDRESS);
  await expect(page.getByText(mailbox.url)).toBeHidden();
  await look(page, 'settings');

  await open(page, 'Changes');
  await expect(page.getByRole('table', { name: 'Changes' }).getByRole('row', { name: /Call ended/ })).toContainText(
    'Root',
  );
  await expect(page.getByText('from this computer').first()).toBeVisible();
  await look(page, 'changes');
});

/** Two API keys, a webhook whose address refuses connections, and two events for it. */
async function prepare(url: string): Promise<void> {
  const post = async (path: string, body: object, token?: string) => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(answer.status, path).toBeLessThan(300);
    return answer.json();
  };
  const signIn = { email: ADDRESS, password: 'correct horse battery' };
  const { accessToken } = (await post('sessions', signIn)).tokens;
  for (const name of ['CRM', 'Second key']) await post('api-keys', { name }, accessToken);
  await post('webhooks', { url: 'http://127.0.0.1:9/hook' }, accessToken);
  for (const title of ['Daily', 'Weekly']) await post('meetings', { title }, accessToken);
  await post('accounts', { email: 'ben@example.org', password: 'correct horse battery', name: 'Ben' });
}

/** The focus stays where the work is: a button disappears with what it changes. */
async function changesUsers(page: Page): Promise<void> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  page.once('dialog', (dialog) => void dialog.accept());
  await button('Disable Ben').click();
  await expect(button('Enable Ben')).toBeFocused();
  await expect(page.getByRole('status').filter({ hasText: 'The account of Ben is disabled' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(button('Sign Ben out everywhere')).toBeFocused();
  await button('Delete Ben').press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Delete the account of Ben?' });
  await dialog.getByLabel('Type ben@example.org to confirm').fill('root@example.org');
  await look(page, 'deleting a user');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('This is not the address of the account.')).toBeVisible();
  await dialog.getByLabel('Type ben@example.org to confirm').fill('ben@example.org');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row', { name: /ben@/ })).toBeHidden();
  await expect(page.getByRole('rowheader', { name: /root@/ })).toBeFocused();
}

async function repeatsDeliveries(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Deliveries to http://127.0.0.1:9' }).click();
  await expect(page.getByRole('heading', { name: 'Deliveries' })).toBeFocused();
  const deliveries = page.getByRole('table', { name: 'Deliveries' });
  await expect(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect(deliveries.getByRole('row', { name: /Cannot connect/ }).first()).toBeVisible({ timeout: 1000 });
  }).toPass();
  await look(page, 'deliveries');
  const retry = deliveries.getByRole('button', { name: /Retry meeting/ }).first();
  await retry.click();
  await expect(page.getByText('The event is being delivered again')).toBeVisible();
  await expect(retry).toBeFocused();
  await page.getByLabel('Failed only').check();
  await expect(page.getByText('No delivery has failed.')).toBeVisible();
  await page.getByRole('link', { name: 'All webhooks' }).click();
  await expect(page.getByRole('heading', { name: 'Webhooks' })).toBeFocused();
}

/** For pictures with data: two minutes of the call. */
async function measured(page: Page): Promise<void> {
  await expect(async () => {
    await page.reload();
    await page.getByText(/Minutes of/).click({ timeout: 5000 });
    await expect(page.getByRole('table', { name: /Minutes of/ }).getByRole('row')).toHaveCount(1 + 2);
  }).toPass({ timeout: 240_000, intervals: [15_000] });
}

async function open(page: Page, section: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: section }).click();
  await expect(page.getByRole('heading', { name: section, level: 1 })).toBeVisible();
}

let looks = 0;

/**
 * No violation, and nothing wider than a small phone: on a desktop and, dark, on a phone. The screens
 * take turns with the violations, of which `npm run test:accessibility` looks for all.
 */
async function look(page: Page, section: string): Promise<void> {
  const examined = (['light', 'dark'] as const)[looks++ % 2];
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 320],
    // Only looked at.
    ...(process.env.ADMIN_SHOTS
      ? ([
          ['dark', 1280],
          ['light', 390],
        ] as const)
      : []),
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await emulateLook(page, { colorScheme });
    if (colorScheme === examined) await expectNoViolations(page, section, colorScheme, String(width));
    const shots = process.env.ADMIN_SHOTS;
    if (shots) await page.screenshot({ path: `${shots}/${section}-${colorScheme}-${width}.png`, fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect([section, width, overflow]).toEqual([section, width, 0]);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
