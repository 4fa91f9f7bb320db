import { expect, type Page } from '@playwright/test';
import { expectNoViolations } from '../system/accessibility.js';
import { expectNoPageErrors, person } from '../system/call.js';
import { test } from '../system/test.js';

test('home, lobby and call in German and, by choice, in Arabic from right to left', async ({ waterbus, browser }) => {
  const ada = await person(browser, 'Ada', { locale: 'de-DE', viewport: { width: 320, height: 640 } });
  const { page } = ada;
  // The language is set before anything is drawn: the first picture of the page has it already.
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      document.documentElement.dataset.paintedIn ??= list.getEntries()[0] && document.documentElement.lang;
    }).observe({ type: 'paint', buffered: true });
  });
  await page.goto(waterbus.url);
  await expect(page.getByRole('heading', { name: 'Neues Meeting' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-painted-in', 'de');
  await expectLanguage(page, 'de', 'ltr');
  await page.getByRole('button', { name: 'Meeting erstellen' }).click();
  await page.getByLabel('Dein Name').fill('Ada');
  await expectLanguage(page, 'de', 'ltr');
  await page.getByRole('button', { name: 'Jetzt teilnehmen' }).click();
  await expect(page.getByRole('button', { name: 'Verlassen' })).toBeVisible();
  await expectLanguage(page, 'de', 'ltr');

  // In the call, without leaving it.
  await page.getByRole('button', { name: 'Einstellungen' }).click();
  await page.getByLabel('Sprache').selectOption('ar');
  await expect(page.getByRole('heading', { name: 'الإعدادات' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'الدردشة' }).click();
  await expect(page.getByText('لا رسائل بعد', { exact: false }).first()).toBeVisible();
  await expectLanguage(page, 'ar', 'rtl');

  // It is remembered, before sign-in and for the next visit.
  await page.goto(waterbus.url);
  await expect(page.getByRole('heading', { name: 'اجتماع جديد' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-painted-in', 'ar');
  await expectLanguage(page, 'ar', 'rtl');
  await page.getByLabel('اللغة').selectOption('en');
  await expect(page.getByRole('heading', { name: 'New meeting' })).toBeVisible();
  await expectLanguage(page, 'en', 'ltr');
  await ada.context.close();
  expectNoPageErrors([ada]);
});

/** Of the document; and the page has no violations and does not scroll sideways. */
async function expectLanguage(page: Page, language: string, direction: string): Promise<void> {
  const html = page.locator('html');
  await expect(html).toHaveAttribute('lang', language);
  await expect(html).toHaveAttribute('dir', direction);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await expectNoViolations(page, language, page.url());
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(
    0,
  );
}
