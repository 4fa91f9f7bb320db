import { expect, type Page } from '@playwright/test';
import { type IdentityProviderUnderTest, startIdentityProvider } from '@waterbus/server-api/testing/identity-provider';
import { emulateLook, expectNoViolations } from '../system/accessibility.js';
import type { Person } from '../system/call.js';
import { type Mailbox, openMailbox } from '../system/mailbox.js';
import { test as base } from '../system/test.js';
import type { Waterbus } from '../system/waterbus.js';

/** With a mail server and an identity provider. */
const test = base.extend<
  object,
  { services: { mailbox: Mailbox; provider: IdentityProviderUnderTest }; waterbus: Waterbus }
>({
  services: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from this pattern
    async ({}, use) => {
      const services = { mailbox: await openMailbox() } as { mailbox: Mailbox; provider: IdentityProviderUnderTest };
      await use(services);
      await services.provider?.close();
      await services.mailbox.close();
    },
    { scope: 'worker' },
  ],
  waterbus: [
    async ({ services, startWaterbus }, use) => {
      const waterbus = await startWaterbus(async (url) => {
        services.provider = await startIdentityProvider(`${url}/v1/identity-providers/oidc/callback`);
        const { issuer, clientId, clientSecret } = services.provider;
        return {
          PUBLIC_URL: url,
          SMTP_URL: services.mailbox.url,
          MAIL_FROM: 'Waterbus <meet@example.org>',
          OIDC_ISSUER: issuer,
          OIDC_CLIENT_ID: clientId,
          OIDC_CLIENT_SECRET: clientSecret,
          OIDC_NAME: 'Example',
        };
      });
      await use(waterbus);
      await waterbus.stop();
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});

test('a user with an account is the host on every visit', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const { page } = ada;
  await register(ada, waterbus);
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  await expect(page.getByText('None yet.')).toBeVisible();

  await page.getByLabel('Meeting title').fill('Planning');
  await page.getByLabel('Password', { exact: false }).fill('correct horse');
  await page.getByRole('button', { name: 'Create meeting' }).click();
  await expect(page.getByText('You join as the host.')).toBeVisible();
  const link = page.url();
  expect(await page.evaluate(() => localStorage.getItem('waterbus.host-tokens'))).toBeNull();

  await page.getByRole('link', { name: 'Ada' }).click();
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await expect(page.getByRole('heading', { name: 'Video meetings on your own server' })).toBeVisible();
  // Now a guest: the page requests the password.
  await page.goto(link);
  await expect(page.getByLabel('Password')).toBeVisible();

  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('E-mail address').fill(addressOf(ada));
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveText(/Wrong e-mail address or password/);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  // Back on the page of the sign-in's begin.
  await expect(page).toHaveURL(link);
  await expect(page.getByText('You join as the host.')).toBeVisible();
  await expect(page.getByLabel('Your name')).toHaveValue('Ada');

  await page.goto(waterbus.url);
  await page.getByRole('link', { name: 'Planning' }).click();
  await page.getByRole('link', { name: 'Join' }).click();
  await expect(page.getByLabel('Password')).toBeHidden();
  await page.getByRole('button', { name: 'Join now' }).click();
  await expect(page.getByRole('button', { name: 'Leave' })).toBeVisible();
  expect(await roleIn(page)).toBe('host');
  forgive(ada, /401/);
});

test('a mailed link verifies the address, another one sets a new password', async ({ waterbus, people, services }) => {
  const [ben, elsewhere] = [await people('Ben'), await people('Ben')];
  await register(ben, waterbus);
  await ben.page.getByRole('link', { name: 'Ben' }).click();
  await expect(ben.page.getByText('Your e-mail address is not verified.')).toBeVisible();
  await ben.page.goto(await services.mailbox.linkTo(addressOf(ben), /Verify/));
  await expect(ben.page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();
  await expect(ben.page).toHaveURL(`${waterbus.url}/verify-email`);
  await ben.page.getByRole('link', { name: 'Ben' }).click();
  await expect(ben.page.getByRole('heading', { name: 'Ben' })).toBeVisible();
  await expect(ben.page.getByText('Your e-mail address is not verified.')).toBeHidden();

  const { page } = elsewhere;
  await page.goto(`${waterbus.url}/sign-in`);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('E-mail address').fill(addressOf(ben));
  await page.getByRole('button', { name: 'Send link' }).click();
  await expect(page.getByRole('heading', { name: 'Check your e-mail' })).toBeVisible();
  const link = await services.mailbox.linkTo(addressOf(ben), /new password/);
  await page.goto(link);
  await expect(page).toHaveURL(`${waterbus.url}/reset-password`);
  await page.getByLabel('New password').fill('another battery staple');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('heading', { name: 'Your password is set' })).toBeVisible();
  // The link works once.
  await page.goto(waterbus.url);
  await page.goto(link);
  await page.getByLabel('New password').fill('one more battery staple');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  // The new password signed the other browser out.
  await ben.page.goto(`${waterbus.url}/account`);
  await expect(ben.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  for (const who of [ben, elsewhere]) forgive(who, /40[01]/);
});

test('a person invited by mail signs up, accepts and is a member', async ({ waterbus, people, services }) => {
  const [cleo, dan] = [await people('Cleo'), await people('Dan')];
  await register(cleo, waterbus);
  // Only users with a verified address can send mail.
  await cleo.page.goto(await services.mailbox.linkTo(addressOf(cleo), /Verify/));
  await expect(cleo.page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();
  const code = await createMeetingOf(cleo, 'Board');
  await invite(cleo, code, addressOf(dan));
  await dan.page.goto(await services.mailbox.linkTo(addressOf(dan), /Invitation to a meeting/));
  await expect(dan.page).toHaveURL(`${waterbus.url}/invitation`);
  await dan.page.getByRole('link', { name: 'Create an account' }).click();
  await fillIn(dan);
  await dan.page.getByRole('button', { name: 'Accept' }).click();
  await expect(dan.page.getByRole('heading', { name: 'Board' })).toBeVisible();
  await expect(dan.page).toHaveURL(`${waterbus.url}/m/${code}`);

  // The home page shows the next invitation once the address is verified.
  const other = await createMeetingOf(cleo, 'Workshop');
  await invite(cleo, other, addressOf(dan));
  await dan.page.goto(await services.mailbox.linkTo(addressOf(dan), /Verify/));
  await expect(dan.page.getByRole('heading', { name: 'Your address is verified' })).toBeVisible();
  await dan.page.getByRole('link', { name: 'Home' }).click();
  await expect(dan.page.getByRole('link', { name: 'Board' })).toBeVisible();
  await dan.page.getByRole('button', { name: 'Accept the invitation to Workshop' }).click();
  await expect(dan.page.getByRole('link', { name: 'Workshop' })).toBeVisible();
  await expect(dan.page.getByRole('heading', { name: 'Invitations' })).toBeHidden();
});

test('signing in through an identity provider, and adding one to an account', async ({
  waterbus,
  people,
  services: { provider },
}) => {
  const [eve, fay] = [await people('Eve'), await people('Fay')];
  // The provider's pages load a font from another host.
  for (const { context } of [eve, fay])
    await context.route(/fonts\.googleapis/, (route) => route.fulfill({ body: '' }));
  provider.accounts.set('eve', { email: addressOf(eve), email_verified: true, name: 'Eve' });
  await eve.page.goto(`${waterbus.url}/sign-in`);
  await eve.page.getByRole('button', { name: 'Continue with Example' }).click();
  await signInAtProvider(eve.page, 'eve');
  await expect(eve.page).toHaveURL(`${waterbus.url}/`);
  await expect(eve.page.getByRole('link', { name: 'Eve' })).toBeVisible();

  await register(fay, waterbus);
  await fay.page.getByRole('link', { name: 'Fay' }).click();
  await fay.page.getByRole('button', { name: 'Add Example' }).click();
  await signInAtProvider(fay.page, 'fay');
  await expect(fay.page.getByRole('button', { name: 'Remove Example' })).toBeVisible();
  // The return from the provider began another session, and ended the previous one.
  await expect(fay.page.getByText('This browser')).toBeVisible();
  await expect(fay.page.getByRole('button', { name: /Sign out on/ })).toHaveCount(0);
  await fay.page.getByRole('button', { name: 'Sign out' }).click();
  await fay.page.getByRole('link', { name: 'Sign in' }).click();
  await fay.page.getByRole('button', { name: 'Continue with Example' }).click();
  await fay.page.waitForURL(`${waterbus.url}/`);
  await expect(fay.page.getByRole('link', { name: 'Fay' })).toBeVisible();

  // A refusal at the provider.
  await eve.page.goto(`${waterbus.url}/signed-in?sign-in-error=account.sign_in_failed`);
  await expect(eve.page.getByText('Sign-in failed. Start again.')).toBeVisible();
  for (const who of [eve, fay]) forgive(who, new RegExp(`${provider.issuer}/favicon`));
  // Requests of the account page that were open at the sign-out.
  forgive(fay, /401/);
});

test('name, picture and password are changed, and the account is deleted', async ({ waterbus, people }) => {
  const [gus, elsewhere] = [await people('Gus'), await people('Gus')];
  const { page } = gus;
  await register(gus, waterbus);
  await signIn(elsewhere, waterbus, PASSWORD);
  await page.getByRole('link', { name: 'Gus' }).click();

  await page.getByLabel('Your name').fill('Gustav');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByRole('heading', { name: 'Gustav' })).toBeVisible();

  await page
    .getByLabel('Add a picture')
    .setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: await paintedPicture(page) });
  await expect(page.getByText('Picture saved')).toBeVisible();
  const picture = page.getByRole('main').locator('img.avatar');
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(256);
  await page.getByRole('button', { name: 'Remove picture' }).click();
  await expect(picture).toBeHidden();

  await page.getByLabel('Current password').fill('not the password');
  await page.getByLabel('New password').fill('another battery staple');
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(page.getByRole('alert')).toHaveText(/Wrong password/);
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(page.getByText('Password saved')).toBeVisible();
  await elsewhere.page.goto(`${waterbus.url}/account`);
  await expect(elsewhere.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  // Signs in on the other browser again, and signs it out from here.
  await signIn(elsewhere, waterbus, 'another battery staple');
  await page.reload();
  await page.getByRole('button', { name: /Sign out on/ }).click();
  await expect(page.getByRole('button', { name: /Sign out on/ })).toHaveCount(0);
  await elsewhere.page.goto(`${waterbus.url}/account`);
  await expect(elsewhere.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  await page.getByRole('button', { name: 'Delete account…' }).click();
  await page.getByLabel('Your password').fill('another battery staple');
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByRole('heading', { name: 'Video meetings on your own server' })).toBeVisible();
  await page.goto(`${waterbus.url}/sign-in`);
  await page.getByLabel('E-mail address').fill(addressOf(gus));
  await page.getByLabel('Password').fill('another battery staple');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveText(/Wrong e-mail address or password/);
  for (const who of [gus, elsewhere]) forgive(who, /40[0-9]/);
});

test('a password that is easy to guess is refused beside its field', async ({ waterbus, people }) => {
  const pia = await people('Pia');
  const { page } = pia;
  await page.goto(`${waterbus.url}/create-account`);
  await page.getByLabel('Your name').fill('Pia');
  await page.getByLabel('E-mail address').fill(addressOf(pia));
  const password = page.getByLabel('Password');
  await password.fill('1234567890');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(password).toHaveAccessibleDescription(/too easy to guess/);
  await expect(page.getByRole('alert')).toHaveCount(1);
  await password.fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  forgive(pia, /400/);
});

test('tabs of one browser share the sign-in and the sign-out', async ({ waterbus, people }) => {
  const hal = await people('Hal');
  await register(hal, waterbus);
  const tabs = [hal.page, await hal.context.newPage(), await hal.context.newPage()];
  // All tabs refresh at once: the refresh token works once, and no tab is signed out.
  await Promise.all(tabs.map((tab) => tab.goto(`${waterbus.url}/account`)));
  for (const tab of tabs) await expect(tab.getByRole('heading', { name: 'Hal' })).toBeVisible();
  await Promise.all(tabs.map((tab) => tab.reload()));
  for (const tab of tabs) await expect(tab.getByRole('heading', { name: 'Hal' })).toBeVisible();
  await tabs[0]!.getByRole('button', { name: 'Sign out' }).click();
  for (const tab of tabs.slice(1)) await expect(tab.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  forgive(hal, /401/);
});

test('a sign-in outlasts the page, in a cookie that scripts cannot read', async ({ waterbus, people }) => {
  const pam = await people('Pam');
  const { page, context } = pam;
  await register(pam, waterbus);
  await page.reload();
  await expect(page.getByRole('link', { name: 'Pam' })).toBeVisible();
  const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('waterbus-session'));
  expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/v1/sessions' }]);
  const secret = cookies[0]?.value ?? '';
  const readable = () => page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(secret.length).toBeGreaterThan(100);
  expect(await readable()).not.toMatch(/eyJ/);

  // A refresh token that an older version stored without cookies is used once.
  const refreshToken = secret;
  await context.clearCookies();
  await page.evaluate((token) => {
    const { userId } = JSON.parse(localStorage.getItem('waterbus.sign-in') ?? '');
    localStorage.setItem('waterbus.sign-in', JSON.stringify({ userId, refreshToken: token }));
  }, refreshToken);
  for (let visit = 0; visit < 2; visit += 1) {
    await page.reload();
    await expect(page.getByRole('link', { name: 'Pam' })).toBeVisible();
    await expect.poll(readable).not.toMatch(/eyJ/);
  }

  await page.getByRole('link', { name: 'Pam' }).click();
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await expect(page.getByRole('heading', { name: 'Video meetings on your own server' })).toBeVisible();
  await expect.poll(async () => (await context.cookies()).filter(({ name }) => name.includes('session'))).toEqual([]);
  // Requests of the account page that were open at the sign-out.
  forgive(pam, /401/);
});

test('the account pages pass the automatic checks of WCAG 2.1 AA, light and dark', async ({ waterbus, people }) => {
  const ida = await people('Ida');
  const { page } = ida;
  const expectAccessible = async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await emulateLook(page, { colorScheme });
      await expectNoViolations(page);
    }
  };
  for (const [path, heading] of [
    ['/sign-in', 'Sign in'],
    ['/create-account', 'Create an account'],
    ['/forgot-password', 'Forgot your password?'],
    ['/reset-password#token=x', 'Set a new password'],
    ['/verify-email', 'This link does not work'],
    ['/invitation#token=x', 'You are invited to a meeting'],
  ] as const) {
    await page.goto(`${waterbus.url}${path}`);
    await expect(page.getByRole('heading', { name: heading })).toBeVisible();
    await expectAccessible();
  }
  await register(ida, waterbus);
  await createMeetingOf(ida, 'Planning');
  await page.goto(waterbus.url);
  await expect(page.getByRole('link', { name: 'Planning' })).toBeVisible();
  await expectAccessible();
  await page.getByRole('link', { name: ida.name }).click();
  await expect(page.getByText('This browser')).toBeVisible();
  await page.getByRole('button', { name: 'Delete account…' }).click();
  await expectAccessible();
});

test('signing up and in with the keyboard alone', async ({ waterbus, people }) => {
  const jo = await people('Jo');
  const { page } = jo;
  await page.goto(`${waterbus.url}/create-account`);
  await page.getByLabel('Your name').focus();
  for (const text of [jo.name, addressOf(jo), PASSWORD]) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
});

const PASSWORD = 'battery staple correct';

function addressOf({ name }: Person): string {
  return `${name.toLowerCase()}@example.org`;
}

async function register(who: Person, waterbus: Waterbus): Promise<void> {
  const { page } = who;
  await page.goto(waterbus.url);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Create one' }).click();
  await fillIn(who);
  await expect(page.getByRole('link', { name: who.name })).toBeVisible();
}

function roleIn(page: Page): Promise<string> {
  return page.evaluate(
    () => (window as unknown as { waterbus: { call: { local: { role: string } } } }).waterbus.call.local.role,
  );
}

/** Removes the console messages of refused requests that the test itself caused. */
function forgive({ pageErrors }: Person, caused: RegExp): void {
  const others = pageErrors.filter((error) => !caused.test(error));
  pageErrors.splice(0, pageErrors.length, ...others);
}

async function fillIn(who: Person): Promise<void> {
  const { page } = who;
  await page.getByLabel('Your name').fill(who.name);
  await page.getByLabel('E-mail address').fill(addressOf(who));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
}

async function signIn(who: Person, waterbus: Waterbus, password: string): Promise<void> {
  const { page } = who;
  await page.goto(`${waterbus.url}/sign-in`);
  await page.getByLabel('E-mail address').fill(addressOf(who));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
}

/** Returns the code of the new meeting. */
async function createMeetingOf({ page }: Person, title: string): Promise<string> {
  await page.goto(new URL('/', page.url()).href);
  await page.getByLabel('Meeting title').fill(title);
  await page.getByRole('button', { name: 'Create meeting' }).click();
  await page.waitForURL(/\/m\//);
  return page.url().slice(-12);
}

/** Uses the API, because invitations have no page yet. */
async function invite({ page }: Person, code: string, email: string): Promise<void> {
  const status = await page.evaluate(
    async ({ code, email }) => {
      const post = (path: string, body: object, token?: string) =>
        fetch(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
          body: JSON.stringify(body),
        });
      const tokens = await (await post('/v1/sessions/refresh', {})).json();
      return (await post(`/v1/meetings/${code}/members`, { email }, tokens.accessToken)).status;
    },
    { code, email },
  );
  expect(status).toBe(201);
}

/** Signs in on the provider's development pages, and consents. */
async function signInAtProvider(page: Page, subject: string): Promise<void> {
  await page.locator('input[name="login"]').fill(subject);
  await page.locator('input[name="password"]').fill('any');
  await page.getByRole('button', { name: /sign-in/i }).click();
  await page.getByRole('button', { name: /continue/i }).click();
}

function paintedPicture(page: Page): Promise<Buffer> {
  return page
    .evaluate(async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [1200, 800];
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#0b6b75';
      context.fillRect(0, 0, 1200, 800);
      return canvas.toDataURL('image/png');
    })
    .then((url) => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
}
