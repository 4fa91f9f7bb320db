import type { Page } from '@playwright/test';
import { emulateLook, expectNoViolations } from '../system/accessibility.js';
import { person } from '../system/call.js';
import { cuttableProxy } from '../system/cuttable-proxy.js';
import { expect, test } from '../system/test.js';

test.use({ serviceWorkers: 'allow' });

test('an installed page waits for its server, takes a new version at once, and lets go of its worker', async ({
  waterbus,
  startWaterbus,
  browser,
}) => {
  const proxy = await cuttableProxy(waterbus.httpPort);
  const url = `http://localhost:${proxy.port}/`;
  const starting = startWaterbus({ BRAND_NAME: 'Ferry', SERVICE_WORKER: 'off', MEDIA_WORKERS: '1' });
  const { page, context } = await person(browser, 'Ada', { locale: 'de-DE' });
  try {
    await page.goto(url);
    await expectInstallable(page);
    await expect.poll(() => kept(page)).toEqual(['activated', '/offline']);

    // The button is there where the browser offers the installation.
    const install = page.getByRole('button', { name: 'Als App installieren' });
    await expect(page.getByRole('heading', { name: 'Neues Meeting' })).toBeVisible();
    await expect(install).toHaveCount(0);
    await offerInstallation(page);
    await install.click();
    expect(await page.evaluate(() => document.documentElement.dataset.prompted)).toBe('1');
    await page.evaluate(() => window.dispatchEvent(new Event('appinstalled')));
    await expect(install).toHaveCount(0);

    // The server is away: also for an address that was never open.
    proxy.refuse();
    await page.goto(`${url}sign-in`);
    await expect(page.getByRole('heading', { name: 'Der Server ist nicht erreichbar' })).toBeVisible();
    await expect(page).toHaveURL(`${url}sign-in`);
    await context.setOffline(true);
    await expect(page.getByRole('heading', { name: 'Du bist offline' })).toBeVisible();
    await expect(page.getByText('sobald du wieder verbunden bist')).toBeVisible();
    await expectNoViolations(page, 'offline');
    await page.setViewportSize({ width: 320, height: 640 });
    await emulateLook(page, { colorScheme: 'dark' });
    await expectNoViolations(page, 'offline, dark');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Erneut versuchen' }).click();
    await expect(page.getByRole('heading', { name: 'Der Server ist nicht erreichbar' })).toBeVisible();

    // It is back: nobody does anything.
    proxy.accept();
    await expect(page.getByLabel('E-Mail')).toBeVisible();
    expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    // A redirect has no status in a worker, and is no sign of an absent server.
    await page.goto(`${url}docs`);
    await expect(page).toHaveURL(`${url}docs/`);

    // The next load after an upgrade is the new version, here of an operator that wants no worker.
    const { httpPort } = await starting;
    proxy.leadTo(httpPort);
    await page.goto(url);
    await expect(page).toHaveTitle('Ferry');
    await expect.poll(() => kept(page)).toEqual([]);
    await page.reload();
    await expect(page).toHaveTitle('Ferry');
    expect(await kept(page)).toEqual([]);
  } finally {
    await context.close();
    await proxy.close();
    await (await starting).stop();
  }
});

async function expectInstallable(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { errors, manifest } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(manifest).toMatchObject({ name: 'Waterbus', id: expect.stringMatching(/:\d+\/$/) });
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // Every context of these tests is a private window.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
}

/** As Chromium does outside of private windows. */
function offerInstallation(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { dataset } = document.documentElement;
    const prompt = async () => {
      dataset.prompted = String(Number(dataset.prompted ?? 0) + 1);
    };
    const event = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt });
    window.dispatchEvent(event);
    if (!event.defaultPrevented) throw new Error('The browser shows its own bar.');
  });
}

/** The state of the service worker, and the addresses of what it keeps; empty without any. */
function kept(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const caches = await Promise.all((await window.caches.keys()).map((name) => window.caches.open(name)));
    const requests = (await Promise.all(caches.map((cache) => cache.keys()))).flat();
    return [
      ...(registration ? [registration.active?.state ?? 'starting'] : []),
      ...requests.map((request) => new URL(request.url).pathname),
    ];
  });
}
