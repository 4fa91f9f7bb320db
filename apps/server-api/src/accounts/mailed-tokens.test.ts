import { signedInSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MailServer, startMailServer } from '../../test/mail-server.js';
import { newPerson } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { secretHash } from '../access/secrets.js';
import { identities, mailedTokens, mails, sessions, users } from '../database/schema.js';

const publicUrl = 'https://meet.example.org';
const HOUR = 3_600_000;
const password = 'correct horse battery';
let mailServer: MailServer;
let server: ServerUnderTest;
beforeAll(async () => {
  mailServer = await startMailServer();
  server = await startServer({ mail: mailServer.settings, publicUrl });
}, STARTING);
afterAll(async () => {
  await server.close();
  await mailServer.close();
});
beforeEach(() => {
  mailServer.mails = [];
});

let people = 0;
const newEmail = () => `person-${++people}@example.org`;
const post = (url: string, payload?: object, headers: { authorization?: string } = {}, on = server) =>
  on.api.fastify.inject({ method: 'POST', url, payload, headers, remoteAddress: newAddress() });
const register = async (on = server) =>
  signedInSchema.parse((await post('/v1/accounts', { email: newEmail(), password, name: 'Ada' }, {}, on)).json());
const userRow = async (id: string, on = server) => (await on.queries.select().from(users).where(eq(users.id, id)))[0];
const logIn = (email: string, word: string) => post('/v1/sessions', { email, password: word });
const askReset = async (email: string) => {
  const count = mailServer.mails.length;
  expect((await post('/v1/password-resets', { email })).statusCode).toBe(202);
  return (await mailServer.received(server, count + 1)).at(-1)?.token ?? '';
};
/**
 * Expires the token: advancing the clock by a day means tens of thousands of polls of the queue.
 */
const expire = async (token: string, lifetime: number) => {
  const hash = secretHash(token);
  const [row] = await server.queries.select().from(mailedTokens).where(eq(mailedTokens.hash, hash));
  const age = server.clock.date() - ((row?.expiresAt.getTime() ?? 0) - lifetime);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(60_000);
  const expiresAt = new Date(server.clock.date());
  await server.queries.update(mailedTokens).set({ expiresAt }).where(eq(mailedTokens.hash, hash));
};

describe('verification of an address', () => {
  it('is requested by mail when an account is created', async () => {
    const { user, tokens } = await register();
    const [mail] = await mailServer.received(server, 1);
    expect(mail?.recipients).toEqual([user.email]);
    expect(mail?.text).toContain('https://meet.example.org/verify-email#token=');
    expect((await userRow(user.id))?.emailVerifiedAt).toBeNull();
    const url = '/v1/email-verifications/confirm';
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    const confirm = () => post(url, { token: mail?.token ?? '' }, headers);
    // Only by the account: another person may have created it.
    expectProblem(await post(url, { token: mail?.token ?? '' }), 'account.required');
    const other = await newPerson(server);
    expectProblem(await post(url, { token: mail?.token ?? '' }, other.headers), 'account.other_account');
    expect((await confirm()).statusCode).toBe(204);
    expect((await userRow(user.id))?.emailVerifiedAt).toEqual(new Date(server.clock.date()));
    expectProblem(await confirm(), 'token.invalid');
  });

  it('can be requested again, a few times', async () => {
    const person = await newPerson(server);
    const ask = () => post('/v1/email-verifications', undefined, person.headers);
    for (let n = 0; n < 5; n += 1) expect((await ask()).statusCode).toBe(202);
    expectProblem(await ask(), 'limit.reached');
    const sent = await mailServer.received(server, 5);
    expect(new Set(sent.map(({ token }) => token)).size).toBe(5);
    expect(
      (await post('/v1/email-verifications/confirm', { token: sent[2]?.token ?? '' }, person.headers)).statusCode,
    ).toBe(204);
    // After verification the others are invalid, and no more are sent.
    const unused = { token: sent[4]?.token ?? '' };
    expectProblem(await post('/v1/email-verifications/confirm', unused, person.headers), 'token.invalid');
    expect((await ask()).statusCode).toBe(202);
    expect(await server.queries.$count(mailedTokens, eq(mailedTokens.userId, person.userId))).toBe(0);
    expectProblem(await post('/v1/email-verifications'), 'account.required');
  });

  it('accepts the token for 24 hours, and no token of another kind', async () => {
    const { user, tokens } = await register();
    const [mail] = await mailServer.received(server, 1);
    const token = mail?.token ?? '';
    expectProblem(await post('/v1/password-resets/confirm', { token, newPassword: password }), 'token.invalid');
    await expire(token, 24 * HOUR);
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    expectProblem(await post('/v1/email-verifications/confirm', { token }, headers), 'token.expired');
    expect((await userRow(user.id))?.emailVerifiedAt).toBeNull();
  });
});

describe('an account that nobody has verified', () => {
  it('expires after 30 days without use, and releases the address', async () => {
    const now = server.clock.date();
    const made = (days: number) => ({ createdAt: new Date(now - days * 24 * HOUR) });
    const abandoned = await newPerson(server, made(31));
    const kept = {
      young: await newPerson(server, made(29)),
      used: await newPerson(server, made(31)),
      verified: await newPerson(server, { ...made(31), emailVerifiedAt: new Date(now) }),
      signedInByProvider: await newPerson(server, made(31)),
    };
    const { userId } = kept.signedInByProvider;
    await server.queries.insert(identities).values({ issuer: 'i', subject: 's', userId, createdAt: new Date(now) });
    for (const { sessionId } of [abandoned, kept.young, kept.verified, kept.signedInByProvider]) {
      await server.queries.delete(sessions).where(eq(sessions.id, sessionId));
    }
    await vi.waitFor(
      async () => {
        await server.clock.advance(60_000);
        expect(await userRow(abandoned.userId)).toBeUndefined();
      },
      { timeout: 20_000 },
    );
    for (const person of Object.values(kept)) expect(await userRow(person.userId)).toBeDefined();
    const again = { email: abandoned.email, password, name: 'The owner' };
    expect((await post('/v1/accounts', again)).statusCode).toBe(201);
    await mailServer.received(server, 1);
  });
});

describe('reset of a password', () => {
  it('sets the new one, ends every session and verifies the address', async () => {
    const { user, tokens } = await register();
    await mailServer.received(server, 1);
    const token = await askReset(user.email.toUpperCase());
    expect(mailServer.mails[1]?.text).toContain('https://meet.example.org/reset-password#token=');
    const other = await askReset(user.email);
    const confirm = (word: string, secret = token) =>
      post('/v1/password-resets/confirm', { token: secret, newPassword: word });
    expectProblem(await confirm('short'), 'request.invalid');
    for (const weak of ['1234567890', user.email]) expectProblem(await confirm(weak), 'password.weak');
    expect((await confirm('another battery staple')).statusCode).toBe(204);
    expect(await server.queries.$count(sessions, eq(sessions.userId, user.id))).toBe(0);
    expectProblem(await post('/v1/sessions/refresh', { refreshToken: tokens.refreshToken }), 'token.invalid');
    expectProblem(await logIn(user.email, password), 'account.wrong_credentials');
    expect((await logIn(user.email, 'another battery staple')).json().user.emailVerified).toBe(true);
    expectProblem(await confirm(password), 'token.invalid');
    expectProblem(await confirm(password, other), 'token.invalid');
  });

  it('is valid for an hour', async () => {
    const { user } = await register();
    await mailServer.received(server, 1);
    const token = await askReset(user.email);
    await expire(token, HOUR);
    expectProblem(await post('/v1/password-resets/confirm', { token, newPassword: password }), 'token.expired');
    expect((await logIn(user.email, password)).statusCode).toBe(201);
  });

  it('answers alike for an address without an account, and sends nothing', async () => {
    const person = await newPerson(server);
    const answers = [
      await post('/v1/password-resets', { email: newEmail() }),
      await post('/v1/password-resets', { email: person.email }),
    ];
    expect(answers.map(({ statusCode, body }) => ({ statusCode, body }))).toEqual(
      Array(2).fill({ statusCode: 202, body: '' }),
    );
    expect((await mailServer.received(server, 1)).map(({ recipients }) => recipients)).toEqual([[person.email]]);
  });

  it('does not flood a mailbox', async () => {
    const person = await newPerson(server);
    for (let n = 0; n < 8; n += 1) {
      expect((await post('/v1/password-resets', { email: person.email })).statusCode).toBe(202);
    }
    await mailServer.received(server, 5);
    await server.clock.advance(10_000);
    await vi.waitFor(async () => expect(await server.queries.$count(mails)).toBe(0));
    expect(mailServer.mails).toHaveLength(5);
  });

  it('computes no hash for a wrong token', async () => {
    const time = async () => {
      const start = process.cpuUsage();
      expectProblem(
        await post('/v1/password-resets/confirm', { token: 'wrong', newPassword: password }),
        'token.invalid',
      );
      return process.cpuUsage(start).user;
    };
    const hash = async () => {
      const start = process.cpuUsage();
      await logIn(newEmail(), password);
      return process.cpuUsage(start).user;
    };
    const median = (values: number[]) => values.sort((a, b) => a - b)[2] ?? 0;
    const [wrong, hashed]: [number[], number[]] = [[], []];
    for (let n = 0; n < 5; n += 1) {
      wrong.push(await time());
      hashed.push(await hash());
    }
    expect(median(wrong)).toBeLessThan(median(hashed) / 2);
  });
});

describe('a server without mail', () => {
  it(
    'reports it, whether there is an account or not',
    async () => {
      const other = await startServer();
      const person = await newPerson(other);
      for (const email of [person.email, newEmail()]) {
        expectProblem(await post('/v1/password-resets', { email }, {}, other), 'mail.not_configured');
      }
      const requested = await post('/v1/email-verifications', undefined, person.headers, other);
      expectProblem(requested, 'mail.not_configured');
      await register(other);
      expect(await other.queries.$count(mails)).toBe(0);
      await other.close();
    },
    STARTING,
  );

  it('does not start with mail but no address of its pages', async () => {
    await expect(startServer({ mail: mailServer.settings })).rejects.toThrow(/public address/);
  });
});

describe('on PostgreSQL', () => {
  let postgres: PostgresUnderTest;
  let onPostgres: ServerUnderTest;
  beforeAll(async () => {
    postgres = await startPostgres();
    const databaseUrl = await postgres.newDatabase();
    onPostgres = await startServer({ databaseUrl, mail: mailServer.settings, publicUrl });
  }, STARTING);
  afterAll(async () => {
    await onPostgres.close();
    await postgres.close();
  });

  it('accepts a token once when many requests use it at once', async () => {
    const { user, tokens } = await register(onPostgres);
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    const [verification] = await mailServer.received(onPostgres, 1);
    await post('/v1/password-resets', { email: user.email }, {}, onPostgres);
    const reset = (await mailServer.received(onPostgres, 2))[1];
    const confirm = (url: string, payload: object) =>
      Promise.all(Array.from({ length: 6 }, () => post(url, payload, headers, onPostgres)));
    const verified = await confirm('/v1/email-verifications/confirm', { token: verification?.token ?? '' });
    expect(verified.map(({ statusCode }) => statusCode).sort()).toEqual([204, 401, 401, 401, 401, 401]);
    const token = reset?.token ?? '';
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        post('/v1/password-resets/confirm', { token, newPassword: `${password} ${n}` }, {}, onPostgres),
      ),
    );
    const winners = answers.flatMap(({ statusCode }, n) => (statusCode === 204 ? [n] : []));
    expect(winners).toHaveLength(1);
    const login = { email: user.email, password: `${password} ${winners[0]}` };
    expect((await post('/v1/sessions', login, {}, onPostgres)).statusCode).toBe(201);
  });
});
