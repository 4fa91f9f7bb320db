import { createAccount, test, verifyAddress } from '../../system/administrator.js';
import { meet, seesMoving } from '../../system/call.js';
import { expect } from '../../system/test.js';

test('a drain of the page moves a call away, and the page shows its end', async ({ waterbus, people, mailbox }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await seesMoving(ben, ada);
  const page = await ada.context.newPage();
  await createAccount(page, waterbus);
  await verifyAddress(page, mailbox);
  await page.goto(`${waterbus.url}/admin/servers`);
  const servers = page.getByRole('table', { name: 'Servers' });
  const home = servers
    .getByRole('row', { name: /^ws-\d Signalling/ })
    .filter({ has: page.getByRole('cell', { name: /^[12]$/ }) });
  await expect(async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect(home.first()).toBeVisible({ timeout: 1000 });
  }).toPass();
  const drain = home.first().getByRole('button', { name: /^Drain ws-\d$/ });
  const name = (await drain.getAttribute('aria-label'))?.replace('Drain ', '') ?? '';
  page.once('dialog', (dialog) => void dialog.accept());
  await drain.click();
  await expect(page.getByRole('button', { name: `Stop draining ${name}` })).toBeFocused();
  const row = servers.getByRole('row', { name: new RegExp(`^${name} Signalling`) });
  await expect(row).toContainText('Drained');
  await expect(page.getByText(`${name} is drained`)).toBeVisible();
  await seesMoving(ben, ada);
  await seesMoving(ada, ben);
  await page.getByRole('button', { name: `Stop draining ${name}` }).click();
  await expect(row).toContainText('Serving');
  await expect(page.getByRole('button', { name: `Drain ${name}` })).toBeFocused();
});
