import type { Page } from '@playwright/test';
import { createMeeting, enter } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('the home page and a call stay within their bytes', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  await ada.page.goto(waterbus.url);
  await expect(ada.page.getByRole('button', { name: 'Create meeting' })).toBeVisible();
  const home = await received(ada.page);
  expect(home.names).not.toContain('call-code');
  expect(home.bytes).toBeLessThanOrEqual(100_000);

  const link = await createMeeting(ada, waterbus);
  await ada.page.goto(link);
  await enter(ada);
  const call = await received(ada.page);
  expect(call.names).toContain('call-code');
  expect(call.bytes).toBeLessThanOrEqual(220_000);
  console.log(`      home page ${home.bytes} bytes, call ${call.bytes} bytes, both compressed`);

  await ada.page.evaluate(() => localStorage.setItem('waterbus.language', 'de'));
  await ada.page.goto(waterbus.url);
  await expect(ada.page.getByRole('button', { name: 'Meeting erstellen' })).toBeVisible();
  const german = await received(ada.page);
  expect(german.bytes).toBeLessThanOrEqual(100_000);
  await ada.page.goto(link);
  await ada.page.getByRole('button', { name: 'Jetzt teilnehmen' }).click();
  await expect(ada.page.getByRole('button', { name: 'Verlassen' })).toBeVisible();
  const germanCall = await received(ada.page);
  expect(germanCall.bytes).toBeLessThanOrEqual(220_000);
  console.log(`      in German: home page ${german.bytes} bytes, call ${germanCall.bytes} bytes`);
});

test('a new version of the page is loaded when files of the old one are gone', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  let asked = 0;
  // The old version's files are gone, until the page is loaded again.
  await ada.page.route(/\/assets\/call-code-[\w-]+\.js/, (route) => {
    asked += 1;
    return asked === 1 ? route.fulfill({ status: 404 }) : route.continue();
  });
  await ada.page.route(`${waterbus.url}/`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/assets/index-new.js"></script>' }),
  );
  const reloaded = ada.page.waitForEvent('load');
  await ada.page.goto(link);
  await reloaded;
  await enter(ada);
  expect(asked).toBeGreaterThanOrEqual(2);
  ada.pageErrors.splice(0);
});

/** Compressed bytes of the page, its scripts and styles, from the network or the cache. */
function received(page: Page): Promise<{ bytes: number; names: string }> {
  return page.evaluate(() => {
    const entries = [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/')),
    ] as PerformanceResourceTiming[];
    return {
      bytes: entries.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      names: entries.map(({ name }) => name).join(' '),
    };
  });
}
