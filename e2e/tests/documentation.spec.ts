import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { emulateLook } from '../system/accessibility.js';
import { expect, test } from '../system/test.js';

test.beforeAll(() => {
  const build = fileURLToPath(new URL('../../site/build.mjs', import.meta.url));
  execFileSync(process.execPath, [build, '--if-missing'], { stdio: 'inherit' });
});

test('guides, reference of the SDK and REST reference come from this server only', async ({ waterbus, people }) => {
  const reader = await people('Reader');
  const { page } = reader;
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(waterbus.url) && /^https?:/.test(request.url())) elsewhere.push(request.url());
  });
  const plain: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (/\.(html|js|css)$/.test(pathname) && response.headers()['content-encoding'] !== 'br') plain.push(pathname);
  });
  await page.goto(`${waterbus.url}/docs`);
  await expect(page).toHaveTitle('Waterbus');
  await page.getByRole('button', { name: /Search/ }).click();
  await page.getByRole('combobox').fill('createMeeting');
  await page
    .getByRole('option', { name: /createMeeting/ })
    .first()
    .click();
  await expect(page.getByRole('heading', { name: 'Function createMeeting' })).toBeVisible();
  await fits(page, 'functions');

  await page.goto(`${waterbus.url}/docs/documents/Operations.html`);
  await expect(page.getByRole('heading', { name: 'Operations', level: 1 })).toBeVisible();
  await fits(page, 'a guide');
  await page.getByRole('link', { name: 'REST API', exact: true }).first().click();
  await expect(page).toHaveTitle('Waterbus API');

  // The address of before.
  await page.goto(`${waterbus.url}/docs/#tag/meetings/POST/v1/meetings`);
  await expect(page).toHaveURL(`${waterbus.url}/docs/rest/#tag/meetings/POST/v1/meetings`);
  await expect(page.getByRole('heading', { name: 'Errors' })).toBeVisible();
  await expect(page.getByText('Weekly planning').first()).toBeVisible();
  const shots = process.env.DOCS_SHOTS;
  if (shots) await page.screenshot({ path: `${shots}/docs.png` });
  expect(elsewhere).toEqual([]);
  expect(plain.filter((path) => !SHORT.includes(path))).toEqual([]);
  await expectNone(page, 'REST reference', faultsOfScalar);
});

/** In both colour schemes, and on a phone. */
async function fits(page: Page, what: string): Promise<void> {
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await emulateLook(page, { colorScheme });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect([what, width, overflow]).toEqual([what, width, 0]);
    await expectNone(page, `${what}, ${colorScheme}`, faultsOfTypedoc);
    const shots = process.env.DOCS_SHOTS;
    if (shots) await page.screenshot({ path: `${shots}/${what}-${width}.png` });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** No violation of WCAG 2.1 AA but those of the library. */
async function expectNone(page: Page, where: string, faults: string[]): Promise<void> {
  const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']);
  const { violations } = await axe.disableRules(faults).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  expect([where, found]).toEqual([where, []]);
}

/** Files of less than 1 KiB are not compressed. */
const SHORT = ['custom.css', 'custom.js', 'hierarchy.js'].map((name) => `/docs/assets/${name}`);

/** Headings that are links, in the summary of a section. */
const faultsOfTypedoc = ['nested-interactive'];

/** In 1.46.4, its last version for Node.js 20: weaker than with 1.76.3. */
const faultsOfScalar = [
  'aria-allowed-attr',
  'aria-required-children',
  'button-name',
  'color-contrast',
  'nested-interactive',
  'scrollable-region-focusable',
];
