import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../system/test.js';

test('the REST reference shows every group, from this server only', async ({ waterbus, people }) => {
  const reader = await people('Reader');
  const { page } = reader;
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(waterbus.url) && /^https?:/.test(request.url())) elsewhere.push(request.url());
  });
  await page.goto(`${waterbus.url}/docs/rest`);
  await expect(page).toHaveTitle('Waterbus API');
  await expect(page.getByRole('heading', { name: 'Waterbus API' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Errors' })).toBeVisible();
  await page.goto(`${waterbus.url}/docs/rest/#tag/meetings/POST/v1/meetings`);
  await expect(page.getByText('Weekly planning').first()).toBeVisible();
  const shots = process.env.ADMIN_SHOTS;
  if (shots) await page.screenshot({ path: `${shots}/docs.png` });
  expect(elsewhere).toEqual([]);
  // Faults of the library in 1.46.4, its last version for Node.js 20: weaker than with 1.76.3.
  const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']);
  const { violations } = await axe.disableRules(faultsOfLibrary).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});

const faultsOfLibrary = [
  'aria-allowed-attr',
  'aria-required-children',
  'button-name',
  'color-contrast',
  'nested-interactive',
  'scrollable-region-focusable',
];
