import { signedInSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { challenges, recoveryCodes, totps, users } from '../database/schema.js';
import { Totps } from './totp.js';

const password = 'correct horse battery';
let server: ServerUnderTest;
let mails: MailServer;
beforeAll(async () => {
  mails = await startMailServer();
  server = await startServer({ mail: mails.settings, publicUrl: 'https://meet.example.org' });
}, STARTING);
afterAll(async () => {
  await server.close();
  await mails.close();
});

const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object, token?: string) =>
  server.api.fastify.inject({
    method,
    url,
    payload,
    remoteAddress: newAddress(),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

let people = 0;
async function register(verified = true) {
  const email = `totp-${++people}@example.org`;
  const { user, tokens } = signedInSchema.parse(
    (await ask('POST', '/v1/accounts', { email, password, name: 'Ada' })).json(),
  );
  const emailVerifiedAt = verified ? new Date(server.clock.date()) : null;
  await server.queries.update(users).set({ emailVerifiedAt }).where(eq(users.id, user.id));
  return { email, userId: user.id, token: tokens.accessToken };
}

/** The code of the app on a telephone: `ago` time steps before now. */
const codeOf = (secret: string, ago = 0) =>
  new TOTP({ secret, digits: 6, period: 30 }).generate({ timestamp: server.clock.date() - ago * 30_000 });

/** A code counts once: the next one comes with the next time step. */
const nextStep = () => server.clock.advance(30_000);

async function enrolled() {
  const person = await register();
  const begun = (await ask('POST', '/v1/me/totp', undefined, person.token)).json();
  const confirmed = await ask('POST', '/v1/me/totp/confirm', { code: codeOf(begun.secret) }, person.token);
  expect(confirmed.statusCode).toBe(200);
  await nextStep();
  return { ...person, secret: begun.secret as string, codes: confirmed.json().recoveryCodes as string[] };
}

async function passwordStep(email: string, word = password) {
  const answer = await ask('POST', '/v1/sessions', { email, password: word });
  expect(answer.statusCode).toBe(202);
  const { secondFactor } = answer.json();
  return secondFactor as { token: string; methods: string[]; expiresIn: number };
}

const secondStep = (token: string, proof: object) => ask('POST', '/v1/sessions/second-factor', { token, ...proof });

describe('an authenticator app', () => {
  it('counts once a code was shown, and brings recovery codes', async () => {
    const { token, email, userId } = await register();
    const begun = await ask('POST', '/v1/me/totp', undefined, token);
    expect(begun.statusCode).toBe(201);
    const { secret, uri } = begun.json();
    expect(uri).toBe(
      `otpauth://totp/Waterbus:${encodeURIComponent(email)}?issuer=Waterbus&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
    );
    // Not yet.
    expect((await ask('POST', '/v1/sessions', { email, password })).statusCode).toBe(201);
    expectProblem(await ask('POST', '/v1/me/totp/confirm', { code: '000000' }, token), 'second_factor.wrong_code');
    const { recoveryCodes: codes } = (await ask('POST', '/v1/me/totp/confirm', { code: codeOf(secret) }, token)).json();
    expect(codes).toHaveLength(10);
    for (const code of codes) expect(code).toMatch(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/);
    expect((await ask('GET', '/v1/me/second-factors', undefined, token)).json()).toMatchObject({
      totp: true,
      passkeys: [],
      recoveryCodesLeft: 10,
    });
    expect((await passwordStep(email)).methods).toEqual(['totp', 'recovery-code']);
    expectProblem(await ask('POST', '/v1/me/totp', undefined, token), 'second_factor.exists');
    // The database contains neither the secret nor a code in clear.
    const rows = [
      await server.queries.select().from(totps).where(eq(totps.userId, userId)),
      await server.queries.select().from(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
    ];
    for (const text of [secret, ...codes]) expect(JSON.stringify(rows)).not.toContain(text);
  });

  it('is required after the password', async () => {
    const { email, secret } = await enrolled();
    const step = await passwordStep(email);
    expect(step.expiresIn).toBe(300);
    const signedIn = await secondStep(step.token, { code: ` ${codeOf(secret).replace(/^.../, '$& ')}` });
    expect(signedIn.statusCode).toBe(201);
    const { tokens } = signedInSchema.parse(signedIn.json());
    expect((await ask('GET', '/v1/me', undefined, tokens.accessToken)).statusCode).toBe(200);
    // The time step is used up.
    await nextStep();
    expectProblem(await secondStep(step.token, { code: codeOf(secret) }), 'token.invalid');
  });

  it('accepts each code once, and codes of the step before and after', async () => {
    const { email, secret } = await enrolled();
    const code = codeOf(secret);
    const [one, other] = [await passwordStep(email), await passwordStep(email)];
    const answers = await Promise.all([one, other].map(({ token }) => secondStep(token, { code })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403]);
    const late = await passwordStep(email);
    expectProblem(await secondStep(late.token, { code: codeOf(secret, 1) }), 'second_factor.wrong_code');
    expect((await secondStep(late.token, { code: codeOf(secret, -1) })).statusCode).toBe(201);
    await server.clock.advance(120_000);
    const old = await passwordStep(email);
    expectProblem(await secondStep(old.token, { code: codeOf(secret, 2) }), 'second_factor.wrong_code');
    expect((await secondStep(old.token, { code: codeOf(secret, 1) })).statusCode).toBe(201);
  });

  it('allows few attempts for a sign-in, and few in an hour', async () => {
    const { email, secret } = await enrolled();
    const codes: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { token } = await passwordStep(email);
      for (let attempt = 0; attempt < 6; attempt += 1) {
        codes.push((await secondStep(token, { code: '000000' })).json().code);
      }
    }
    expect(codes.slice(0, 6)).toEqual([...Array(5).fill('second_factor.wrong_code'), 'token.invalid']);
    // One attempt was used for the setup.
    expect(codes.filter((code) => code === 'second_factor.wrong_code')).toHaveLength(19);
    expect(codes).toContain('request.rate_limited');
    const { token } = await passwordStep(email);
    expectProblem(await secondStep(token, { code: codeOf(secret) }), 'request.rate_limited');
  });

  it('is accepted within five minutes, from the user who gave the password', async () => {
    const { email, secret } = await enrolled();
    const other = await enrolled();
    const step = await passwordStep(email);
    expectProblem(await secondStep(step.token, { code: codeOf(other.secret) }), 'second_factor.wrong_code');
    expectProblem(await secondStep(step.token, {}), 'second_factor.required');
    expectProblem(await secondStep('wrong', { code: codeOf(secret) }), 'token.invalid');
    await server.clock.advance(300_000);
    expectProblem(await secondStep(step.token, { code: codeOf(secret) }), 'token.expired');
  });

  it('keeps ten steps of a user', async () => {
    const { email, userId, secret } = await enrolled();
    const first = await passwordStep(email);
    for (let n = 0; n < 10; n += 1) {
      await server.clock.advance(10);
      await passwordStep(email);
    }
    expect(await server.queries.$count(challenges, eq(challenges.userId, userId))).toBe(10);
    expectProblem(await secondStep(first.token, { code: codeOf(secret) }), 'token.invalid');
  });

  it('is set up and removed after a recent sign-in, or a confirmation', async () => {
    const { token, email, secret } = await enrolled();
    await server.clock.advance(600_001);
    const sensitive = [
      ['POST', '/v1/me/totp', undefined],
      ['POST', '/v1/me/totp/confirm', { code: '000000' }],
      ['DELETE', '/v1/me/totp', undefined],
      ['POST', '/v1/me/recovery-codes', undefined],
      ['POST', '/v1/me/passkeys/options', undefined],
      ['DELETE', '/v1/me/passkeys/x', undefined],
      ['DELETE', '/v1/me/identities/x', undefined],
    ] as const;
    for (const [method, url, payload] of sensitive) {
      expectProblem(await ask(method, url, payload, token), 'account.reauthentication_required');
    }
    const confirm = (proof: object) => ask('POST', '/v1/sessions/current/confirm', proof, token);
    expectProblem(await confirm({ password: 'wrong', code: codeOf(secret) }), 'account.wrong_password');
    expectProblem(await confirm({ password }), 'second_factor.required');
    expectProblem(await confirm({ password, code: '000000' }), 'second_factor.wrong_code');
    expect((await confirm({ password, code: codeOf(secret) })).statusCode).toBe(204);
    const { recoveryCodes: renewed } = (await ask('POST', '/v1/me/recovery-codes', undefined, token)).json();
    expect(renewed).toHaveLength(10);
    expect((await ask('DELETE', '/v1/me/totp', undefined, token)).statusCode).toBe(204);
    // No factor is required any more, and none of its data remains.
    expect((await ask('POST', '/v1/sessions', { email, password })).statusCode).toBe(201);
    expect((await ask('GET', '/v1/me/second-factors', undefined, token)).json()).toMatchObject({
      recoveryCodesLeft: 0,
    });
    expectProblem(await ask('DELETE', '/v1/me/totp', undefined, token), 'second_factor.not_found');
    expectProblem(await ask('POST', '/v1/me/recovery-codes', undefined, token), 'second_factor.not_found');
  });

  it('requires a verified address where mail can set a password', async () => {
    const { token } = await register(false);
    for (const url of ['/v1/me/totp', '/v1/me/passkeys/options']) {
      expectProblem(await ask('POST', url, undefined, token), 'account.not_verified');
    }
  });

  it('cannot be read with another secret of the server, nor in another row', async () => {
    const { userId } = await enrolled();
    const [row] = await server.queries.select().from(totps).where(eq(totps.userId, userId));
    if (!row) throw new Error('no row');
    const parts = (secret: string) => ({ clock: server.clock, limits: undefined, options: { secret } }) as never;
    const { secret } = await import('../../test/server.js');
    expect(await new Totps(parts(secret)).readable(row)).toBe(true);
    expect(await new Totps(parts(`${secret}!`)).readable(row)).toBe(false);
    expect(await new Totps(parts(secret)).readable({ ...row, userId: crypto.randomUUID() })).toBe(false);
  });
});

describe('a recovery code', () => {
  it('replaces the app once, in any spelling', async () => {
    const { email, codes } = await enrolled();
    const [code = ''] = codes;
    const step = await passwordStep(email);
    expectProblem(await secondStep(step.token, { recoveryCode: 'aaaa-aaaa-aaaa-aaaa' }), 'second_factor.wrong_code');
    const typed = ` ${code.toUpperCase().replaceAll('-', ' ')}`;
    expect((await secondStep(step.token, { recoveryCode: typed })).statusCode).toBe(201);
    const again = await passwordStep(email);
    expectProblem(await secondStep(again.token, { recoveryCode: code }), 'second_factor.wrong_code');
  });

  it('does not count once there are new ones', async () => {
    const { email, token, codes } = await enrolled();
    const renewed = (await ask('POST', '/v1/me/recovery-codes', undefined, token)).json().recoveryCodes as string[];
    const step = await passwordStep(email);
    expectProblem(await secondStep(step.token, { recoveryCode: codes[0] }), 'second_factor.wrong_code');
    expect((await secondStep(step.token, { recoveryCode: renewed[0] })).statusCode).toBe(201);
  });
});

describe('a new password', () => {
  it('by mail keeps the second factor, and ends sign-ins begun with the old one', async () => {
    const { email, codes } = await enrolled();
    const before = await passwordStep(email);
    await ask('POST', '/v1/password-resets', { email });
    const reset = () =>
      mails.mails.find(({ recipients, text }) => recipients[0] === email && /new password/.test(text));
    const arrived = async () => {
      await server.clock.advance(2000);
      return reset();
    };
    await expect.poll(arrived, { timeout: 20_000 }).toBeTruthy();
    const token = reset()?.token ?? '';
    const newPassword = 'another battery staple';
    expect((await ask('POST', '/v1/password-resets/confirm', { token, newPassword })).statusCode).toBe(204);
    expectProblem(await secondStep(before.token, { recoveryCode: codes[0] }), 'token.invalid');
    const step = await passwordStep(email, newPassword);
    expect(step.methods).toEqual(['totp', 'recovery-code']);
    expect((await secondStep(step.token, { recoveryCode: codes[0] })).statusCode).toBe(201);
  });

  it('that the user sets ends sign-ins begun with the old one', async () => {
    const { email, token, secret } = await enrolled();
    const before = await passwordStep(email);
    const change = { currentPassword: password, newPassword: 'another battery staple' };
    expect((await ask('PUT', '/v1/me/password', change, token)).statusCode).toBe(204);
    expectProblem(await secondStep(before.token, { code: codeOf(secret) }), 'token.invalid');
  });
});
