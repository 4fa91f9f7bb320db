import { signedInSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator } from '../../test/authenticator.js';
import { newPerson, nobody, type Person } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { passkeys, users } from '../database/schema.js';

const publicUrl = 'https://meet.example.org';
const password = 'correct horse battery';
let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer({ publicUrl });
}, STARTING);
afterAll(() => server.close());

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const ask = (method: Method, url: string, payload?: object, asker: { headers: object } = nobody, on = server) =>
  on.api.fastify.inject({ method, url, payload, remoteAddress: newAddress(), headers: { ...asker.headers } });
const optionsOf = async (asker: { headers: object } = nobody, body: object = {}) =>
  (await ask('POST', '/v1/sessions/passkey/options', body, asker)).json();
const registration = async (person: Person) => (await ask('POST', '/v1/me/passkeys/options', undefined, person)).json();

/** A user with a passkey. */
async function withPasskey(key = new Authenticator(publicUrl)) {
  const person = await newPerson(server);
  const { token, options } = await registration(person);
  const added = await ask('POST', '/v1/me/passkeys', { token, name: 'Phone', response: key.create(options) }, person);
  expect(added.statusCode).toBe(201);
  return { person, key, codes: added.json().recoveryCodes as string[] };
}

async function signIn(key: Authenticator, twist = {}) {
  const { token, options } = await optionsOf();
  return ask('POST', '/v1/sessions/passkey', { token, response: key.get(options, twist) });
}

describe('a passkey', () => {
  it('is created for the domain of the page, for an authenticator that verifies its user', async () => {
    const person = await newPerson(server, { name: 'Ada' });
    const { options } = await registration(person);
    expect(options).toMatchObject({
      rp: { id: 'meet.example.org', name: 'Waterbus' },
      user: { name: person.email, displayName: 'Ada' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    expect(Buffer.from(options.user.id, 'base64url').toString()).toBe(person.userId);
  });

  it('signs in without a password', async () => {
    const { person, key } = await withPasskey();
    const { options } = await optionsOf();
    expect(options).toMatchObject({ rpId: 'meet.example.org', userVerification: 'required', allowCredentials: [] });
    const answer = await signIn(key);
    expect(answer.statusCode).toBe(201);
    const { user, tokens } = signedInSchema.parse(answer.json());
    expect(user.id).toBe(person.userId);
    const asker = { headers: { authorization: `Bearer ${tokens.accessToken}` } };
    const { passkeys: list } = (await ask('GET', '/v1/me/second-factors', undefined, asker)).json();
    expect(list).toMatchObject([
      { id: key.id, name: 'Phone', lastUsedAt: new Date(server.clock.date()).toISOString() },
    ]);
  });

  it('keeps its refresh token in a cookie when the page requests it', async () => {
    const { key } = await withPasskey();
    const { token, options } = await optionsOf();
    const body = { token, response: key.get(options), refreshIn: 'cookie' };
    expectProblem(await ask('POST', '/v1/sessions/passkey', body), 'permission.denied');
    const answer = await ask('POST', '/v1/sessions/passkey', body, { headers: { origin: publicUrl } });
    expect(answer.cookies).toMatchObject([{ name: '__Host-waterbus-session', httpOnly: true }]);
    expect(answer.json().tokens).not.toHaveProperty('refreshToken');
  });

  it('is a second factor after a password, and recovery codes replace it', async () => {
    const { person, key, codes } = await withPasskey();
    expect(codes).toHaveLength(10);
    const { passwordHash } = await passwordHashOf();
    await server.queries.update(users).set({ passwordHash }).where(eq(users.id, person.userId));
    const step = async () => {
      const answer = await ask('POST', '/v1/sessions', { email: person.email, password });
      expect(answer.statusCode).toBe(202);
      return answer.json().secondFactor as { token: string; methods: string[] };
    };
    const { token: secondFactor, methods } = await step();
    expect(methods).toEqual(['passkey', 'recovery-code']);
    const { token, options } = await optionsOf(nobody, { secondFactor });
    expect(options.allowCredentials).toMatchObject([{ id: key.id }]);
    const stranger = (await withPasskey()).key;
    expectProblem(
      await ask('POST', '/v1/sessions/passkey', { token, response: stranger.get(options) }),
      'passkey.refused',
    );
    const again = await optionsOf(nobody, { secondFactor });
    const answer = await ask('POST', '/v1/sessions/passkey', { token: again.token, response: key.get(again.options) });
    expect(answer.json().user.id).toBe(person.userId);
    const recovered = { token: (await step()).token, recoveryCode: codes[0] };
    expect((await ask('POST', '/v1/sessions/second-factor', recovered)).statusCode).toBe(201);
  });

  it('signs a challenge once, within five minutes', async () => {
    const { key } = await withPasskey();
    const { token, options } = await optionsOf();
    const response = key.get(options);
    expect((await ask('POST', '/v1/sessions/passkey', { token, response })).statusCode).toBe(201);
    expectProblem(await ask('POST', '/v1/sessions/passkey', { token, response }), 'token.invalid');
    // A refused answer uses up the challenge too.
    const other = await optionsOf();
    const wrong = { token: other.token, response: key.get(other.options, { origin: 'https://evil.example' }) };
    expectProblem(await ask('POST', '/v1/sessions/passkey', wrong), 'passkey.refused');
    expectProblem(
      await ask('POST', '/v1/sessions/passkey', { token: other.token, response: key.get(other.options) }),
      'token.invalid',
    );
    const late = await optionsOf();
    await server.clock.advance(300_000);
    expectProblem(
      await ask('POST', '/v1/sessions/passkey', { token: late.token, response: key.get(late.options) }),
      'token.expired',
    );
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['another challenge', { challenge: Buffer.from('another').toString('base64url') }],
    ['no user verification', { userVerified: false }],
    ['another user', { userHandle: Buffer.from(crypto.randomUUID()).toString('base64url') }],
    ['a counter that went back', { counter: 1 }],
  ])('is refused with %s', async (_what, twist) => {
    const { key } = await withPasskey();
    expect((await signIn(key)).statusCode).toBe(201);
    expectProblem(await signIn(key, twist), 'passkey.refused');
    expect((await signIn(key, { counter: 1000 })).statusCode).toBe(201);
  });

  it('may belong to an authenticator that never counts', async () => {
    const key = new Authenticator(publicUrl);
    const person = await newPerson(server);
    const { token, options } = await registration(person);
    const response = key.create(options, { counter: 0 });
    expect((await ask('POST', '/v1/me/passkeys', { token, name: 'Key', response }, person)).statusCode).toBe(201);
    for (let n = 0; n < 2; n += 1) expect((await signIn(key, { counter: 0 })).statusCode).toBe(201);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['another challenge', { challenge: Buffer.from('another').toString('base64url') }],
    ['no user verification', { userVerified: false }],
  ])('is not added with %s', async (_what, twist) => {
    const person = await newPerson(server);
    const { token, options } = await registration(person);
    const response = new Authenticator(publicUrl).create(options, twist);
    expectProblem(await ask('POST', '/v1/me/passkeys', { token, name: 'Key', response }, person), 'passkey.refused');
  });

  it('is added once, by the user who began and to one account', async () => {
    const [person, other] = [await newPerson(server), await newPerson(server)];
    const { token, options } = await registration(person);
    const key = new Authenticator(publicUrl);
    const response = key.create(options);
    expectProblem(await ask('POST', '/v1/me/passkeys', { token, name: 'Key', response }, other), 'token.invalid');
    expectProblem(await ask('POST', '/v1/me/passkeys', { token, name: 'Key', response }, person), 'token.invalid');
    const mine = await registration(person);
    const add = { token: mine.token, name: 'Key', response: key.create(mine.options) };
    expect((await ask('POST', '/v1/me/passkeys', add, person)).statusCode).toBe(201);
    expect((await registration(person)).options.excludeCredentials).toMatchObject([{ id: key.id }]);
    const theirs = await registration(other);
    const stolen = { token: theirs.token, name: 'Key', response: key.create(theirs.options) };
    expectProblem(await ask('POST', '/v1/me/passkeys', stolen, other), 'passkey.refused');
  });

  it('is renamed and removed by its user alone, and not as the last way to sign in', async () => {
    const { person, key } = await withPasskey();
    const other = await newPerson(server);
    const url = `/v1/me/passkeys/${key.id}`;
    expectProblem(await ask('PATCH', url, { name: 'Mine' }, other), 'passkey.not_found');
    expectProblem(await ask('DELETE', url, undefined, other), 'passkey.not_found');
    expect((await ask('PATCH', url, { name: 'Laptop' }, person)).json().name).toBe('Laptop');
    expectProblem(await ask('DELETE', url, undefined, person), 'identity.last');
    await server.queries.update(users).set({ passwordHash: 'one' }).where(eq(users.id, person.userId));
    expect((await ask('DELETE', url, undefined, person)).statusCode).toBe(204);
    expect((await ask('GET', '/v1/me/second-factors', undefined, person)).json()).toMatchObject({
      passkeys: [],
      recoveryCodesLeft: 0,
    });
    expectProblem(await signIn(key), 'passkey.refused');
  });

  it('confirms a session for sensitive changes', async () => {
    const { person, key } = await withPasskey();
    await server.clock.advance(600_001);
    expectProblem(await ask('POST', '/v1/me/recovery-codes', undefined, person), 'account.reauthentication_required');
    const stranger = await withPasskey();
    for (const [by, expected] of [
      [stranger.key, 403],
      [key, 204],
    ] as const) {
      const { token, options } = await optionsOf(person);
      const proof = { passkey: { token, response: by.get(options) } };
      expect((await ask('POST', '/v1/sessions/current/confirm', proof, person)).statusCode).toBe(expected);
    }
    expect((await ask('POST', '/v1/me/recovery-codes', undefined, person)).statusCode).toBe(201);
  });

  it('is limited in number', async () => {
    const person = await newPerson(server);
    const at = new Date(server.clock.date());
    const row = { userId: person.userId, name: 'Key', publicKey: '', counter: 0, transports: [], backedUp: false };
    await server.queries
      .insert(passkeys)
      .values(Array.from({ length: 20 }, (_, n) => ({ ...row, id: `${person.userId}-${n}`, createdAt: at })));
    expectProblem(await ask('POST', '/v1/me/passkeys/options', undefined, person), 'limit.reached');
  });
});

it.each([
  ['without a public address', undefined],
  ['over http', 'http://meet.example.org'],
  ['at an address without a name', 'https://192.0.2.1'],
])('passkeys are not possible %s, except for a page on the same machine', async (_where, url) => {
  const other = await startServer({ publicUrl: url });
  try {
    const person = await newPerson(other);
    const from = (host: string) => ({ headers: { ...person.headers, host } });
    const refused = await ask('POST', '/v1/me/passkeys/options', undefined, from('meet.example.org'), other);
    expectProblem(refused, 'passkey.not_configured');
    if (url !== undefined) return;
    const local = from('localhost:8080');
    expect((await ask('GET', '/v1/me/second-factors', undefined, local, other)).json().passkeysPossible).toBe(true);
    const { token, options } = (await ask('POST', '/v1/me/passkeys/options', undefined, local, other)).json();
    const response = new Authenticator('http://localhost:8080').create(options);
    expect((await ask('POST', '/v1/me/passkeys', { token, name: 'Key', response }, local, other)).statusCode).toBe(201);
  } finally {
    await other.close();
  }
});

async function passwordHashOf() {
  const { hashPassword } = await import('../access/password.js');
  return { passwordHash: await hashPassword(password) };
}
