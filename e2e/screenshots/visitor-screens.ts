import { TITLE } from './people.js';
import { expect, newContext, type Screen, type Surroundings } from './screen.js';

/** The pages that need no account and no call. */
export async function* visitorScreens({ browser, url }: Surroundings): AsyncGenerator<Screen> {
  const context = await newContext(browser);
  const page = await context.newPage();
  const heading = (name: string | RegExp) => expect(page.getByRole('heading', { name })).toBeVisible();
  await page.goto(url);
  await expect(page.getByRole('button', { name: 'Create meeting' })).toBeVisible();
  await page.getByLabel('Meeting title').fill(TITLE);
  yield { name: 'home', page, whole: true };
  await page.getByLabel('Meeting code or link').fill('not a code');
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  yield { name: 'home-wrong-code', page, whole: true };
  for (const path of ['sign-in', 'create-account', 'forgot-password', 'reset-password', 'verify-email', 'invitation']) {
    await page.goto(`${url}/${path}`);
    await heading(/./);
    yield { name: path, page };
  }
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail address').fill('nobody@example.org');
  await page.getByLabel('Password').fill('wrong password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  yield { name: 'sign-in-refused', page };
  await page.goto(`${url}/nothing/here`);
  await heading('Page not found');
  yield { name: 'error-page-not-found', page };
  await page.goto(`${url}/m/abc-defg-hjk`);
  await heading(/./);
  yield { name: 'error-meeting-missing', page };
  await page.goto(`${url}/doctor#token=expired`);
  await heading(/./);
  yield { name: 'outside-test', page };
  await page.goto(`${url}/docs`);
  await expect(page.locator('h1, h2').first()).toBeVisible();
  yield { name: 'docs', page };
  await context.close();
}
