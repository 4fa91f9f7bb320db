import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AccountServer, user } from '../../test/account-server.js';
import { FakeStorage } from '../../test/fake-storage.js';
import { createAccount } from './create-account.js';
import { signInInMemory } from './sign-in-store.js';

const page = 'https://meet.example.org';
const credentials = { email: user.email, password: 'battery staple' };
let api: AccountServer;
let storage: FakeStorage;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.stubGlobal('location', new URL(page));
  vi.stubGlobal('addEventListener', () => {});
  storage = new FakeStorage();
  vi.stubGlobal('localStorage', storage);
  api = new AccountServer();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const refreshes = () => api.of('/v1/sessions/refresh');
const stored = () => JSON.stringify([...storage.entries]);

it('keeps the refresh token of a page of the server’s own origin in a cookie, and no secret where scripts can read it', async () => {
  const account = createAccount();
  await account.logIn(credentials);
  expect(api.requested[0]).toMatchObject({ body: { ...credentials, refreshIn: 'cookie' }, credentials: 'same-origin' });
  await createAccount().profile();
  expect(refreshes()).toMatchObject([{ body: { refreshIn: 'cookie' }, credentials: 'same-origin', token: undefined }]);
  expect(stored()).toContain(user.id);
  expect(stored()).not.toMatch(/refresh\d|access\d/);
  expect(api.of('/v1/me')[0]?.credentials).toBe('omit');
});

it.each([
  ['a page of another origin', { server: 'https://api.example.org' }],
  ['a page that gives a store', { store: signInInMemory() }],
  ['a page that requests it', { refreshIn: 'body' as const }],
])('answers the refresh token to %s', async (_page, options) => {
  await createAccount(options).logIn(credentials);
  expect(api.requested[0]).toMatchObject({ body: { ...credentials, refreshIn: 'body' }, credentials: 'same-origin' });
  expect(api.cookie).toBeUndefined();
});

it('answers the refresh token to a page that may not store data, and keeps it until the page is closed', async () => {
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get: () => {
      throw new DOMException('no', 'SecurityError');
    },
  });
  const account = createAccount();
  await account.logIn(credentials);
  expect(api.requested[0]).toMatchObject({ body: { ...credentials, refreshIn: 'body' } });
  expect(account.state.signedIn).toBe(true);
});

it('uses a token that an older version left in localStorage once, and removes it', async () => {
  await createAccount({ refreshIn: 'body', store: signInInMemory() }).logIn(credentials);
  storage.setItem('waterbus.sign-in', JSON.stringify({ userId: user.id, refreshToken: 'refresh10' }));
  const account = createAccount();
  expect(account.state).toMatchObject({ signedIn: true, userId: user.id });
  await account.profile();
  expect(refreshes()).toMatchObject([{ body: { refreshToken: 'refresh10', refreshIn: 'cookie' } }]);
  expect(stored()).not.toMatch(/refresh\d/);
  expect(api.cookie).toBe(11);
  await createAccount().profile();
  expect(refreshes()[1]?.body).toEqual({ refreshIn: 'cookie' });
});

it('renews in two tabs without locks at once, and both stay signed in', async () => {
  await createAccount().logIn(credentials);
  const tabs = [createAccount(), createAccount()];
  await Promise.all(tabs.map((tab) => tab.profile()));
  vi.setSystemTime(Date.now() + 20 * 60_000);
  for (const tab of tabs) await tab.profile();
  for (const tab of tabs) expect(tab.state.signedIn).toBe(true);
});

it('sends no request as another user whom the cookie names meanwhile', async () => {
  const account = createAccount();
  await account.logIn(credentials);
  vi.setSystemTime(Date.now() + 20 * 60_000);
  api.userId = '3f6c1b3e-0000-4000-8000-000000000002';
  await expect(account.removeAvatar()).rejects.toMatchObject({ code: 'account.required' });
  expect(api.of('/v1/me/avatar')).toEqual([]);
  expect(account.state).toEqual({ signedIn: true, userId: api.userId, user: undefined });
});

it('stays signed in when its own cookie was refused and another tab signed in again', async () => {
  await createAccount().logIn(credentials);
  const account = createAccount();
  let open = () => {};
  api.gate = new Promise((resolve) => {
    open = resolve;
  });
  api.faults.push({ path: '/v1/sessions/refresh', fault: { status: 401, code: 'token.invalid' } });
  const requested = account.profile();
  storage.setItem('waterbus.sign-in', JSON.stringify({ userId: user.id, begun: 'in another tab' }));
  open();
  await expect(requested).resolves.toEqual(user);
  expect(account.state.signedIn).toBe(true);
});

it('signs out by the cookie', async () => {
  const account = createAccount();
  await account.logIn(credentials);
  await account.logOut();
  expect(api.of('/v1/sessions/current')).toMatchObject([
    { method: 'DELETE', token: undefined, credentials: 'same-origin' },
  ]);
  expect(api.cookie).toBeUndefined();
  expect(storage.entries.size).toBe(0);
});

it('signs out on the next visit when the server was unreachable', async () => {
  const account = createAccount();
  await account.logIn(credentials);
  api.faults.push({ path: '/v1/sessions/current', fault: 'lost' });
  await account.logOut();
  expect(account.state.signedIn).toBe(false);
  api.cookie = 10;
  expect(createAccount().state.signedIn).toBe(false);
  await vi.waitFor(() => expect(storage.entries.size).toBe(0));
  expect(api.cookie).toBeUndefined();
  // Nothing is pending for the visit after that.
  createAccount();
  expect(api.of('/v1/sessions/current')).toHaveLength(2);
});

it('has no pending sign-out after a user signed in', async () => {
  const account = createAccount();
  await account.logIn(credentials);
  api.faults.push({ path: '/v1/sessions/current', fault: { status: 503, code: 'server.unavailable' } });
  await account.logOut();
  await account.logIn(credentials);
  const requested = api.of('/v1/sessions/current').length;
  expect(createAccount().state.signedIn).toBe(true);
  expect(api.of('/v1/sessions/current')).toHaveLength(requested);
});
