import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AccountServer, user } from '../../test/account-server.js';
import { createAccount } from './create-account.js';
import { signInInMemory } from './sign-in-store.js';

const server = 'https://meet.example.org';
const credentials = { email: user.email, password: 'battery staple' };
const secondFactor = { token: 'step', methods: ['totp', 'passkey', 'recovery-code'], expiresIn: 300 };
let api: AccountServer;
const store = signInInMemory();

beforeEach(() => {
  api = new AccountServer();
  store.write(undefined);
});
afterEach(() => void vi.unstubAllGlobals());

it('signs no user in by a password where a second factor is required', async () => {
  api.secondFactor = secondFactor;
  const account = createAccount({ server, store });
  expect(await account.logIn(credentials)).toEqual({ secondFactor });
  expect(await account.completeSignIn('a sign-in')).toEqual({ secondFactor });
  expect(account.state).toEqual({ signedIn: false });
  expect(store.read()).toBeUndefined();
});

it.each([{ code: '123456' }, { recoveryCode: 'abcd-efgh-ijkl-mnop' }])('continues with %j', async (proof) => {
  api.secondFactor = secondFactor;
  const account = createAccount({ server, store });
  const step = (await account.logIn(credentials)).secondFactor;
  if (!step) throw new Error('no second step');
  expect(await account.completeSecondFactor(step, proof)).toEqual(user);
  expect(account.state.signedIn).toBe(true);
  expect(api.of('/v1/sessions/second-factor')).toMatchObject([
    { token: undefined, body: { token: 'step', ...proof, refreshIn: 'body' } },
  ]);
});

it('stays in the second step when the code is wrong', async () => {
  const account = createAccount({ server, store });
  await account.logIn(credentials);
  api.faults.push({ path: '/v1/sessions/second-factor', fault: { status: 403, code: 'second_factor.wrong_code' } });
  await expect(
    account.completeSecondFactor({ ...secondFactor, methods: ['totp'] }, { code: '000000' }),
  ).rejects.toMatchObject({ code: 'second_factor.wrong_code' });
  expect(account.state.signedIn).toBe(true);
});

it('reports browser.unsupported where the browser has no passkeys', async () => {
  const account = createAccount({ server, store });
  await expect(account.signInWithPasskey()).rejects.toMatchObject({ code: 'browser.unsupported' });
  await account.logIn(credentials);
  await expect(account.security.confirm({ passkey: true })).rejects.toMatchObject({ code: 'browser.unsupported' });
});

it('reads and changes second factors as the user', async () => {
  const account = createAccount({ server, store });
  await expect(account.security.factors()).rejects.toMatchObject({ code: 'account.required' });
  await account.logIn(credentials);
  expect(await account.security.factors()).toMatchObject({ totp: false, passkeysPossible: true });
  expect(await account.security.confirmTotp('123456')).toEqual(['abcd-efgh']);
  await account.security.confirm({ password: 'battery staple', code: '123456' });
  await account.security.removePasskey('a/b');
  expect(api.requested.slice(-2)).toMatchObject([
    { path: '/v1/sessions/current/confirm', body: { password: 'battery staple', code: '123456' } },
    { method: 'DELETE', path: '/v1/me/passkeys/a%2Fb' },
  ]);
});
