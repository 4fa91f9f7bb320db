import { mkdirSync } from 'node:fs';
import { type CDPSession, expect, type Page } from '@playwright/test';
import { TOTP } from 'otpauth';
import { emulateLook, expectNoViolations } from '../system/accessibility.js';
import type { Person } from '../system/call.js';
import { test as base } from '../system/test.js';
import type { Waterbus } from '../system/waterbus.js';

/** At the address for which passkeys are made. */
const test = base.extend<object, { waterbus: Waterbus }>({
  waterbus: [
    async ({ startWaterbus }, use) => {
      const waterbus = await startWaterbus(async (url) => ({ PUBLIC_URL: url }));
      await use(waterbus);
      await waterbus.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});

const PASSWORD = 'battery staple correct';

test('an authenticator app is set up, required, and replaced by a recovery code', async ({ waterbus, people }) => {
  const tom = await people('Tom');
  const { page } = tom;
  await register(tom, waterbus);
  await page.goto(`${waterbus.url}/account`);
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  const secret = (await page.locator('.account-key').innerText()).replace(/\s/g, '');
  await look(page, 'app');
  await page.getByLabel('Code from your authenticator app').fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByRole('alert')).toHaveText(/wrong or already used/);
  const used = new Set<string>();
  await page.getByLabel('Code from your authenticator app').fill(await nextCode(secret, used));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeFocused();
  const codes = await page.locator('.account-codes code').allInnerTexts();
  expect(codes).toHaveLength(10);
  await look(page, 'codes');
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await expect(page.getByText('10 codes are left.')).toBeVisible();

  await signOut(page);
  await passwordStep(tom, waterbus);
  await expect(page.getByLabel('Code from your authenticator app')).toBeFocused();
  await look(page, 'second-step');
  await page.getByLabel('Code from your authenticator app').fill(await nextCode(secret, used));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();

  await page.goto(`${waterbus.url}/account`);
  await signOut(page);
  await passwordStep(tom, waterbus);
  await page.getByLabel('Code from your authenticator app').fill('000000');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveText(/wrong or already used/);
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  // It was about the other code.
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.getByLabel('Recovery code').fill(codes[0]!.toUpperCase());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  await page.goto(`${waterbus.url}/account`);
  await expect(page.getByText('9 codes are left.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove the authenticator app' }).click();
  await expect(page.getByRole('button', { name: 'Set up an authenticator app' })).toBeVisible();
  await signOut(page);
  await passwordStep(tom, waterbus);
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  forgive(tom, /40[0-9]/);
});

test('a passkey is added, renamed, signs in alone and after the password, and is removed', async ({
  waterbus,
  people,
}) => {
  const uma = await people('Uma');
  const { page } = uma;
  const authenticator = await virtualAuthenticator(page);
  await register(uma, waterbus);
  await page.goto(`${waterbus.url}/account`);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  expect(await authenticator.credentials()).toMatchObject([{ isResidentCredential: true, rpId: 'localhost' }]);
  await page.getByRole('button', { name: /^Rename/ }).click();
  await page.getByLabel(/Name of the passkey/).fill('My key');
  await page.getByRole('button', { name: 'Save the name' }).click();
  await expect(page.getByText('My key')).toBeVisible();
  await look(page, 'passkeys');
  // The same authenticator already holds a passkey.
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(page.getByText('This device already has a passkey for your account.')).toBeVisible();

  await signOut(page);
  await page.goto(`${waterbus.url}/sign-in`);
  await look(page, 'sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('link', { name: 'Uma' })).toBeVisible();

  await page.goto(`${waterbus.url}/account`);
  await signOut(page);
  await passwordStep(uma, waterbus);
  // The sign-in fails without user verification.
  await authenticator.verifies(false);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('alert')).toHaveText(/No passkey was used/);
  await authenticator.verifies(true);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();

  await page.goto(`${waterbus.url}/account`);
  await page.getByRole('button', { name: 'Remove My key' }).click();
  await expect(page.getByText('My key removed')).toBeVisible();
  await signOut(page);
  await page.goto(`${waterbus.url}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toHaveText(/not accepted/);
  forgive(uma, /40[0-9]/);
});

test('a sensitive change requires a confirmation some time after the sign-in', async ({ waterbus, people }) => {
  const val = await people('Val');
  const { page } = val;
  await register(val, waterbus);
  await page.goto(`${waterbus.url}/account`);
  // The server's answer ten minutes after a sign-in.
  await page.route('**/v1/me/totp', (route) => route.fulfill(REAUTHENTICATE), { times: 1 });
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm your identity' });
  await expect(dialog.getByLabel('Your password')).toBeVisible();
  await look(page, 'confirmation');
  await dialog.getByLabel('Your password').fill('not the password');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect(dialog.getByRole('alert')).toHaveText(/Wrong password/);
  await dialog.getByLabel('Your password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.route('**/v1/me/totp', (route) => route.fulfill(REAUTHENTICATE), { times: 1 });
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('alert')).toHaveText(/signed in a while ago/);
  forgive(val, /40[0-9]/);
});

const REAUTHENTICATE = {
  status: 403,
  contentType: 'application/problem+json',
  body: JSON.stringify({
    type: 'urn:waterbus:error:account.reauthentication_required',
    title: 'Sign in again first',
    status: 403,
    code: 'account.reauthentication_required',
  }),
};

async function register(who: Person, waterbus: Waterbus): Promise<void> {
  const { page } = who;
  await page.goto(`${waterbus.url}/create-account`);
  await page.getByLabel('Your name').fill(who.name);
  await page.getByLabel('E-mail address').fill(addressOf(who));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
}

async function passwordStep(who: Person, waterbus: Waterbus): Promise<void> {
  const { page } = who;
  await page.goto(`${waterbus.url}/sign-in`);
  await page.getByLabel('E-mail address').fill(addressOf(who));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await expect(page.getByRole('heading', { name: 'Video meetings on your own server' })).toBeVisible();
}

function addressOf({ name }: Person): string {
  return `${name.toLowerCase()}@example.org`;
}

/** Each code works once: waits for an unused one, the current or the next. */
async function nextCode(secret: string, used: Set<string>): Promise<string> {
  const totp = new TOTP({ secret });
  let code: string | undefined;
  await expect
    .poll(
      () => {
        const now = totp.generate();
        code = [now, totp.generate({ timestamp: Date.now() + 30_000 })].find((one) => !used.has(one));
        return code !== undefined;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  for (const one of [totp.generate(), code]) used.add(one ?? '');
  return code ?? '';
}

/** Chromium's own authenticator for tests (WebAuthn domain of its DevTools protocol). */
async function virtualAuthenticator(page: Page) {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    verifies: (isUserVerified: boolean) =>
      session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}

/**
 * Requires no violation of WCAG 2.1 AA, light and dark, and no sideways scroll on a telephone.
 * `SCREENSHOTS` names a folder for pictures.
 */
async function look(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await emulateLook(page, { colorScheme });
    await expectNoViolations(page, what, colorScheme);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect([what, width, sideways <= 0]).toEqual([what, width, true]);
      const folder = process.env.SCREENSHOTS;
      if (!folder) continue;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: `${folder}/${what}-${colorScheme}-${width}.png`, fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** Removes the console messages of refused requests that the test itself caused. */
function forgive({ pageErrors }: Person, caused: RegExp): void {
  const others = pageErrors.filter((error) => !caused.test(error));
  pageErrors.splice(0, pageErrors.length, ...others);
}
