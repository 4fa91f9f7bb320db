import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AccountServer, user } from '../../test/account-server.js';
import { createAccount } from './create-account.js';
import { type SignInStore, signInInMemory } from './sign-in-store.js';

const server = 'https://meet.example.org';
const credentials = { email: user.email, password: 'battery staple' };
let api: AccountServer;
let store: SignInStore;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  api = new AccountServer();
  store = signInInMemory();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const refreshes = () => api.of('/v1/sessions/refresh').length;
const minutes = (count: number) => vi.setSystemTime(Date.now() + count * 60_000);

it('sends no request while no user is signed in', async () => {
  const account = createAccount({ server, store });
  expect(account.state).toEqual({ signedIn: false });
  expect(await account.accessToken()).toBeUndefined();
  await expect(account.profile()).rejects.toMatchObject({ code: 'account.required' });
  expect(await account.asUser(async (token) => token)).toBeUndefined();
  expect(api.requested).toEqual([]);
});

it('signs in and out', async () => {
  const account = createAccount({ server, store });
  const changed = vi.fn();
  account.on('change', changed);
  expect(await account.logIn(credentials)).toEqual({ user });
  expect(account.state).toEqual({ signedIn: true, userId: user.id, user });
  expect(store.read()).toEqual({ userId: user.id, refreshToken: 'refresh10' });
  expect(changed).toHaveBeenCalledTimes(1);
  await account.logOut();
  expect(account.state).toEqual({ signedIn: false });
  expect(store.read()).toBeUndefined();
  expect(api.of('/v1/sessions/current')).toHaveLength(1);
});

it('signs out here also when the server is unreachable', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  api.faults.push({ path: '/v1/sessions/current', fault: 'lost' });
  await account.logOut();
  expect(store.read()).toBeUndefined();
});

it('continues with the sign-in that an earlier visit kept, and renews once for all concurrent requests', async () => {
  await createAccount({ server, store }).register({ ...credentials, name: 'Ada' });
  const account = createAccount({ server, store });
  expect(account.state).toEqual({ signedIn: true, userId: user.id, user: undefined });
  const tokens = await Promise.all([account.accessToken(), account.accessToken(), account.profile()]);
  expect(tokens[0]).toBe(tokens[1]);
  expect(account.state.user).toEqual(user);
  expect(refreshes()).toBe(1);
  expect(store.read()?.refreshToken).toBe('refresh11');
});

it('renews a minute before the access token expires, without a bearer token', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  minutes(13.9);
  await account.accessToken();
  expect(refreshes()).toBe(0);
  minutes(0.2);
  await account.accessToken();
  expect(api.of('/v1/sessions/refresh')[0]).toMatchObject({
    token: undefined,
    body: { refreshToken: 'refresh10', refreshIn: 'body' },
  });
});

it('continues with a token that is still valid for a moment while the server is unreachable', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  const before = await account.accessToken();
  minutes(14.5);
  const away = () =>
    api.faults.push({ path: '/v1/sessions/refresh', fault: { status: 503, code: 'server.unavailable' } });
  away();
  expect(await account.accessToken()).toBe(before);
  minutes(1);
  away();
  await expect(account.accessToken()).rejects.toMatchObject({ code: 'server.unavailable' });
  expect(account.state.signedIn).toBe(true);
});

it('repeats a renewal at once when its answer was lost', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  minutes(20);
  api.faults.push({ path: '/v1/sessions/refresh', fault: 'lost' });
  await account.profile();
  expect(refreshes()).toBe(2);
  expect(account.state.signedIn).toBe(true);
});

it('renews in two tabs without locks at once, and both stay signed in', async () => {
  await createAccount({ server, store }).logIn(credentials);
  const tabs = [createAccount({ server, store }), createAccount({ server, store })];
  await Promise.all(tabs.map((tab) => tab.profile()));
  minutes(20);
  for (const tab of tabs) await tab.profile();
  for (const tab of tabs) expect(tab.state.signedIn).toBe(true);
});

it('renews in tabs with locks one after the other', async () => {
  let last: Promise<unknown> = Promise.resolve();
  const request = vi.fn((_name: string, _options: object, work: () => Promise<unknown>) => {
    last = last.then(work, work);
    return last;
  });
  vi.stubGlobal('navigator', { locks: { request } });
  await createAccount({ server, store }).logIn(credentials);
  const tabs = [createAccount({ server, store }), createAccount({ server, store })];
  await Promise.all(tabs.map((tab) => tab.profile()));
  expect(api.of('/v1/sessions/refresh').map(({ body }) => body)).toEqual([
    { refreshToken: 'refresh10', refreshIn: 'body' },
    { refreshToken: 'refresh11', refreshIn: 'body' },
  ]);
});

it('renews without the lock when another tab does not release it', async () => {
  const request = () => Promise.reject(new DOMException('too long', 'TimeoutError'));
  vi.stubGlobal('navigator', { locks: { request } });
  await createAccount({ server, store }).logIn(credentials);
  await expect(createAccount({ server, store }).profile()).resolves.toEqual(user);
});

it('takes the token that another tab has renewed when its own token came too late', async () => {
  await createAccount({ server, store }).logIn(credentials);
  const account = createAccount({ server, store });
  let open = () => {};
  api.gate = new Promise((resolve) => {
    open = resolve;
  });
  api.faults.push({ path: '/v1/sessions/refresh', fault: { status: 401, code: 'session_token.reused' } });
  const now = store.read();
  store.write({ userId: user.id, refreshToken: 'refresh9' });
  const requested = account.profile();
  store.write(now);
  open();
  await expect(requested).resolves.toEqual(user);
  expect(account.state.signedIn).toBe(true);
  expect(store.read()?.refreshToken).toBe('refresh11');
});

it('repeats a request once with another token when the server refuses the first one', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  api.faults.push({ path: '/v1/me', fault: { status: 401, code: 'token.expired' } });
  await expect(account.profile()).resolves.toEqual(user);
  expect(api.of('/v1/me')).toHaveLength(2);
  expect(refreshes()).toBe(1);
});

it('is signed out when the server has ended the session', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  api.endSession();
  const changed = vi.fn();
  account.on('change', changed);
  await expect(account.meetings()).rejects.toMatchObject({ code: 'account.required' });
  expect(account.state).toEqual({ signedIn: false });
  expect(changed).toHaveBeenCalledTimes(1);
  expect(store.read()).toBeUndefined();
});

it('is not signed in again by a renewal that ends after signing out', async () => {
  await createAccount({ server, store }).logIn(credentials);
  const account = createAccount({ server, store });
  let open = () => {};
  api.gate = new Promise((resolve) => {
    open = resolve;
  });
  const requested = account.profile();
  store.write(undefined);
  open();
  await expect(requested).rejects.toMatchObject({ code: 'account.required' });
  expect(store.read()).toBeUndefined();
});

it('follows other tabs: a sign-out there, and a sign-in as another user', async () => {
  let notify = () => {};
  const watched: SignInStore = {
    ...store,
    watch: (changed) => {
      notify = changed;
      return () => {};
    },
  };
  const account = createAccount({ server, store: watched });
  await account.logIn(credentials);
  store.write({ userId: user.id, refreshToken: 'renewed elsewhere' });
  notify();
  expect(account.state.user).toEqual(user);
  store.write({ userId: 'somebody-else', refreshToken: 'theirs' });
  notify();
  expect(account.state).toEqual({ signedIn: true, userId: 'somebody-else', user: undefined });
  store.write(undefined);
  notify();
  expect(account.state).toEqual({ signedIn: false });
  expect(await account.accessToken()).toBeUndefined();
});

it('signs in without the bearer token it has, and ends that session', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  const former = await account.accessToken();
  await account.completeSignIn('a sign-in');
  const [completed] = api.of('/v1/identity-providers/sign-in/complete');
  expect(completed).toMatchObject({
    token: undefined,
    body: { signIn: 'a sign-in', refreshIn: 'body' },
    credentials: 'same-origin',
  });
  expect(api.of('/v1/sessions/current')).toMatchObject([{ method: 'DELETE', token: former }]);
  expect(store.read()?.refreshToken).toBe('refresh20');
});

it('begins signing in at a provider with the cookies of the page', async () => {
  const account = createAccount({ server, store });
  await expect(account.startSignIn({ provider: 'oidc', returnTo: '/signed-in' })).resolves.toBe(
    'https://id.example.org/?state=1',
  );
  expect(api.requested[0]).toMatchObject({ body: { returnTo: '/signed-in' }, credentials: 'same-origin' });
});

it('changes the profile and shows it', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  await account.updateProfile({ name: 'Augusta' });
  expect(account.state.user?.name).toBe('Augusta');
  const picture = new Blob(['GIF89a']);
  await account.setAvatar(picture);
  expect(api.of('/v1/me/avatar')[0]).toMatchObject({ method: 'PUT', body: picture });
  await account.removeAvatar();
  await account.changePassword({ currentPassword: 'battery staple', newPassword: 'correct horse' });
  expect(api.of('/v1/me/password')[0]?.body).toEqual({
    currentPassword: 'battery staple',
    newPassword: 'correct horse',
  });
  await account.deleteAccount({ password: 'correct horse' });
  expect(account.state.signedIn).toBe(false);
});

it('pages through lists', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  const { nextCursor } = await account.meetings({ limit: 8 });
  await account.meetings({ limit: 8, cursor: nextCursor ?? undefined, archived: true });
  await account.meetings({ cursor: undefined, archived: false });
  expect(api.of('/v1/meetings').map(({ path }) => path)).toEqual([
    '/v1/meetings?limit=8',
    '/v1/meetings?limit=8&cursor=next&archived=true',
    '/v1/meetings',
  ]);
});

it('keeps tokens out of addresses and errors', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  api.faults.push({ path: '/v1/me', fault: { status: 500, code: 'server.internal' } });
  const failure = await account.profile().catch((error: unknown) => error);
  expect(`${failure} ${JSON.stringify(failure)} ${(failure as Error).stack}`).not.toMatch(/access\d|refresh\d/);
  for (const { path } of api.requested) expect(path).not.toMatch(/access\d|refresh\d/);
});
