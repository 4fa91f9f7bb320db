import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { type SessionTokens, sessionsSchema, sessionTokensSchema, signedInSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, type Person } from '../../test/people.js';
import { type PostgresUnderTest, startPostgres } from '../../test/postgres.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { ApiTokens } from '../access/access-tokens.js';
import { serverItself } from '../audit/audit-log.js';
import { sessions, users } from '../database/schema.js';
import { LiveCalls } from '../live/live-calls.js';
import { Sessions } from '../sessions/sessions.js';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer();
}, STARTING);
afterAll(() => server.close());

let people = 0;
const ask = (
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  options: { payload?: object; token?: string; address?: string; on?: ServerUnderTest; userAgent?: string } = {},
) =>
  (options.on ?? server).api.fastify.inject({
    method,
    url,
    payload: options.payload,
    remoteAddress: options.address ?? newAddress(),
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.userAgent === undefined ? {} : { 'user-agent': options.userAgent }),
    },
  });
const password = 'correct horse battery';
const newEmail = () => `person-${++people}@example.org`;
const register = async (email = newEmail(), on?: ServerUnderTest) =>
  signedInSchema.parse((await ask('POST', '/v1/accounts', { payload: { email, password, name: 'Ada' }, on })).json());
const refresh = (refreshToken: string | undefined, on?: ServerUnderTest) =>
  ask('POST', '/v1/sessions/refresh', { payload: { refreshToken }, on });
const refreshed = async (refreshToken: string | undefined): Promise<SessionTokens> =>
  sessionTokensSchema.parse((await refresh(refreshToken)).json());
const listed = async (token: string) => sessionsSchema.parse((await ask('GET', '/v1/sessions', { token })).json());
/**
 * The same sessions a number of days later: advancing the clock means millions of polls of queues.
 */
function sessionsAfter(days: number, options: { sessionDays?: number } = {}): Sessions {
  const { queries, cluster } = server;
  const clock = new VirtualClock(server.clock.date() + days * 86_400_000);
  const live = new LiveCalls({ queries, cluster, clock, log: server.api.fastify.log });
  const all = { cluster, secret, dataDir: '', ...options };
  return new Sessions({ options: all, queries, clock, live, tokens: new ApiTokens(secret, clock) });
}

describe('POST /v1/accounts', () => {
  it('creates an account and signs in', async () => {
    const email = newEmail();
    const response = await ask('POST', '/v1/accounts', {
      payload: { email: ` ${email.toUpperCase()} `, password, name: ' Ada ' },
      userAgent: 'Test/1',
    });
    expect(response.statusCode).toBe(201);
    const { user, tokens } = signedInSchema.parse(response.json());
    expect(user).toMatchObject({ email, name: 'Ada', emailVerified: false, avatarUrl: null, hasPassword: true });
    expect(response.body).not.toMatch(/hash|argon/i);
    expect((await listed(tokens.accessToken)).items).toMatchObject([{ current: true, userAgent: 'Test/1' }]);
    const [row] = await server.queries.select().from(users).where(eq(users.id, user.id));
    expect(row?.passwordHash).toMatch(/^\$argon2id\$/);
  });

  it('refuses an address that has an account, in any letter case', async () => {
    const { user } = await register();
    const again = { email: user.email.toUpperCase(), password, name: 'B' };
    expectProblem(await ask('POST', '/v1/accounts', { payload: again }), 'account.email_taken');
  });

  it('creates one account for many concurrent requests', async () => {
    const payload = { email: newEmail(), password, name: 'Ada' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask('POST', '/v1/accounts', { payload })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409, 409]);
  });

  it.each([
    ['a short password', { email: 'a@example.org', password: 'short', name: 'A' }],
    ['a long password', { email: 'a@example.org', password: 'x'.repeat(129), name: 'A' }],
    ['no address', { password, name: 'A' }],
    ['an address with a line break', { email: 'a@example.org\r\nbcc: b@example.org', password, name: 'A' }],
    ['an empty name', { email: 'a@example.org', password, name: ' ' }],
    ['an unknown field', { email: 'a@example.org', password, name: 'A', emailVerified: true }],
  ])('refuses %s', async (_, payload) => {
    expectProblem(await ask('POST', '/v1/accounts', { payload }), 'request.invalid');
  });

  it.each([
    ['a common password', '1234567890'],
    ['the address as password', 'ada.lovelace@example.org'],
    ['the name as password', 'AdaLovelace1815'],
  ])('refuses %s', async (_, weak) => {
    const payload = { email: 'ada.lovelace@example.org', password: weak, name: 'Ada Lovelace' };
    expectProblem(await ask('POST', '/v1/accounts', { payload }), 'password.weak');
  });

  it('is limited by address', async () => {
    const address = newAddress();
    const { user } = await register();
    const codes: number[] = [];
    for (let n = 0; n < 31; n += 1) {
      const payload = { email: user.email, password, name: 'A' };
      codes.push((await ask('POST', '/v1/accounts', { payload, address })).statusCode);
    }
    expect(codes.slice(0, 30).every((code) => code === 409)).toBe(true);
    expect(codes[30]).toBe(429);
  });
});

describe('POST /v1/sessions', () => {
  const logIn = (payload: object, address?: string) => ask('POST', '/v1/sessions', { payload, address });

  it('signs in with the password', async () => {
    const { user } = await register();
    const response = await logIn({ email: user.email, password });
    expect(response.statusCode).toBe(201);
    const signedIn = signedInSchema.parse(response.json());
    expect(signedIn.user).toEqual(user);
    expect((await listed(signedIn.tokens.accessToken)).items).toHaveLength(2);
  });

  it('answers an unknown account, one without a password and a wrong password alike', async () => {
    const { user } = await register();
    const withoutPassword = await newPerson(server);
    const answers = await Promise.all([
      logIn({ email: user.email, password: 'wrong' }),
      logIn({ email: newEmail(), password }),
      logIn({ email: withoutPassword.email, password }),
    ]);
    for (const answer of answers) expectProblem(answer, 'account.wrong_credentials');
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });

  it('takes the same time for an unknown account', async () => {
    const { user } = await register();
    const withoutPassword = await newPerson(server);
    /**
     * Processor time of all threads, in microseconds: unlike elapsed time it is independent of
     * other load.
     */
    const time = async (email: string) => {
      const start = process.cpuUsage();
      await logIn({ email, password: 'wrong' });
      return process.cpuUsage(start).user;
    };
    await time(newEmail());
    const times: Record<'wrong' | 'unknown' | 'withoutPassword', number[]> = {
      wrong: [],
      unknown: [],
      withoutPassword: [],
    };
    for (let n = 0; n < 9; n += 1) {
      times.wrong.push(await time(user.email));
      times.unknown.push(await time(newEmail()));
      times.withoutPassword.push(await time(withoutPassword.email));
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[4] ?? 0;
    for (const other of [times.unknown, times.withoutPassword]) {
      // One argon2 verification takes most of a request; without it the ratio would be far below a
      // third.
      const ratio = median(other) / median(times.wrong);
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(2);
    }
  });

  it('limits wrong passwords by address and account, and does not count right ones', async () => {
    const { user } = await register();
    const address = newAddress();
    for (let n = 0; n < 12; n += 1) {
      expect((await logIn({ email: user.email, password }, address)).statusCode).toBe(201);
    }
    const codes: string[] = [];
    for (let n = 0; n < 11; n += 1) {
      codes.push((await logIn({ email: user.email, password: 'wrong' }, address)).json().code);
    }
    expect(codes.slice(0, 10).every((code) => code === 'account.wrong_credentials')).toBe(true);
    expect(codes[10]).toBe('request.rate_limited');
    expectProblem(await logIn({ email: user.email, password }, address), 'request.rate_limited');
    expect((await logIn({ email: user.email, password })).statusCode).toBe(201);
  });

  it('keeps the latest 100 sessions of a user', async () => {
    const { user, tokens } = await register();
    const created = new Date(server.clock.date() + 1000);
    const row = { userId: user.id, rotatedAt: created, createdAt: created, lastUsedAt: created };
    await server.queries
      .insert(sessions)
      .values(Array.from({ length: 99 }, () => ({ ...row, expiresAt: new Date(created.getTime() + 86_400_000) })));
    await server.clock.advance(2000);
    const latest = signedInSchema.parse((await logIn({ email: user.email, password })).json());
    expect(await server.queries.$count(sessions, eq(sessions.userId, user.id))).toBe(100);
    expectProblem(await ask('GET', '/v1/sessions', { token: tokens.accessToken }), 'token.invalid');
    expect((await listed(latest.tokens.accessToken)).items).toHaveLength(50);
  });
});

describe('POST /v1/sessions/refresh', () => {
  it('returns new tokens for the same session', async () => {
    const { tokens } = await register();
    const { id } = (await listed(tokens.accessToken)).items[0] ?? { id: '' };
    await server.clock.advance(900_000);
    expectProblem(await ask('GET', '/v1/sessions', { token: tokens.accessToken }), 'token.expired');
    const next = await refreshed(tokens.refreshToken);
    expect(next.expiresIn).toBe(900);
    expect((await listed(next.accessToken)).items).toMatchObject([
      { id, lastUsedAt: new Date(server.clock.date()).toISOString() },
    ]);
  });

  it('keeps a session as long as it is used once in 30 days', async () => {
    let { tokens, user } = await register();
    for (const days of [29, 58]) tokens = await sessionsAfter(days).refresh(tokens.refreshToken ?? '', serverItself);
    await expect(sessionsAfter(88).refresh(tokens.refreshToken ?? '', serverItself)).rejects.toMatchObject({
      code: 'token.expired',
    });
    const [row] = await server.queries.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(row?.expiresAt.getTime()).toBe(server.clock.date() + 88 * 86_400_000);
  });

  it('ends a session 90 days after signing in, however often it is used', async () => {
    let { tokens, user } = await register();
    const began = server.clock.date();
    for (const days of [29, 58, 87, 89.9])
      tokens = await sessionsAfter(days).refresh(tokens.refreshToken ?? '', serverItself);
    const [row] = await server.queries.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(row?.expiresAt.getTime()).toBe(began + 90 * 86_400_000);
    await expect(sessionsAfter(90).refresh(tokens.refreshToken ?? '', serverItself)).rejects.toMatchObject({
      code: 'token.invalid',
    });
  });

  it('ends a session that is older than a lifetime shortened since', async () => {
    let { tokens } = await register();
    tokens = await sessionsAfter(6).refresh(tokens.refreshToken ?? '', serverItself);
    const shortened = { sessionDays: 7 };
    tokens = await sessionsAfter(6.9, shortened).refresh(tokens.refreshToken ?? '', serverItself);
    await expect(sessionsAfter(7, shortened).refresh(tokens.refreshToken ?? '', serverItself)).rejects.toMatchObject({
      code: 'token.invalid',
    });
  });

  it('accepts a token once: a second use ends the session', async () => {
    const { tokens } = await register();
    const next = await refreshed(tokens.refreshToken);
    await server.clock.advance(10_001);
    expectProblem(await refresh(tokens.refreshToken), 'session_token.reused');
    expectProblem(await refresh(next.refreshToken), 'token.invalid');
    expectProblem(await ask('GET', '/v1/sessions', { token: next.accessToken }), 'token.invalid');
    expectProblem(await refresh(tokens.refreshToken), 'token.invalid');
  });

  it('answers a repetition within 10 seconds with the same generation', async () => {
    const { tokens } = await register();
    await refreshed(tokens.refreshToken);
    await server.clock.advance(10_000);
    const again = await refreshed(tokens.refreshToken);
    const next = await refreshed(again.refreshToken);
    expect((await listed(next.accessToken)).items).toHaveLength(1);
    // Two generations back is not a repetition, however soon.
    expectProblem(await refresh(tokens.refreshToken), 'session_token.reused');
  });

  it('accepts neither access tokens nor foreign signatures nor expired tokens', async () => {
    const { tokens, user } = await register();
    expectProblem(await refresh(tokens.accessToken), 'token.invalid');
    expectProblem(await refresh(`${tokens.refreshToken?.slice(0, -4)}AAAA`), 'token.invalid');
    expectProblem(await refresh('x'), 'token.invalid');
    expectProblem(await ask('GET', '/v1/sessions', { token: tokens.refreshToken }), 'token.invalid');
    const ended = new Date(server.clock.date());
    await server.queries.update(sessions).set({ expiresAt: ended }).where(eq(sessions.userId, user.id));
    expectProblem(await refresh(tokens.refreshToken), 'token.invalid');
    expectProblem(await ask('GET', '/v1/sessions', { token: tokens.accessToken }), 'token.invalid');
  });
});

describe('sessions of a user', () => {
  it('are listed page by page, the latest first, and only those of the user', async () => {
    const person = await newPerson(server);
    await newPerson(server);
    const now = server.clock.date();
    const ids: string[] = [person.sessionId];
    for (let n = 1; n <= 4; n += 1) {
      // Two of them in the same millisecond.
      const at = new Date(now + Math.ceil(n / 2) * 1000);
      const row = { userId: person.userId, rotatedAt: at, createdAt: at, lastUsedAt: at };
      const [session] = await server.queries
        .insert(sessions)
        .values({ ...row, expiresAt: new Date(now + 86_400_000) })
        .returning();
      ids.push(session?.id ?? '');
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const url = `/v1/sessions?limit=2${query}`;
      const page = sessionsSchema.parse((await server.api.fastify.inject({ url, headers: person.headers })).json());
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect([...seen].sort()).toEqual([...ids].sort());
    expect(seen.at(-1)).toBe(person.sessionId);
  });

  it('end one by one, with their access tokens', async () => {
    const [one, other] = [await newPerson(server), await newPerson(server)];
    const end = (person: Person, id: string) =>
      server.api.fastify.inject({ method: 'DELETE', url: `/v1/sessions/${id}`, headers: person.headers });
    const { user, tokens } = await register();
    const second = signedInSchema.parse(
      (await ask('POST', '/v1/sessions', { payload: { email: user.email, password } })).json(),
    );
    const current = (await listed(second.tokens.accessToken)).items.find((session) => !session.current);
    const away = `/v1/sessions/${current?.id}`;
    expect((await ask('DELETE', away, { token: second.tokens.accessToken })).statusCode).toBe(204);
    expectProblem(await ask('GET', '/v1/sessions', { token: tokens.accessToken }), 'token.invalid');
    expectProblem(await refresh(tokens.refreshToken), 'token.invalid');
    expect((await ask('DELETE', '/v1/sessions/current', { token: second.tokens.accessToken })).statusCode).toBe(204);
    expectProblem(await ask('GET', '/v1/sessions', { token: second.tokens.accessToken }), 'token.invalid');

    expectProblem(await end(one, other.sessionId), 'request.not_found');
    expectProblem(await end(one, 'x'), 'request.invalid');
    expect((await server.api.fastify.inject({ url: '/v1/sessions', headers: other.headers })).statusCode).toBe(200);
    expectProblem(await ask('GET', '/v1/sessions'), 'account.required');
  });
});

describe('on PostgreSQL', () => {
  let postgres: PostgresUnderTest;
  let onPostgres: ServerUnderTest;
  beforeAll(async () => {
    postgres = await startPostgres();
    onPostgres = await startServer({ databaseUrl: await postgres.newDatabase() });
  }, STARTING);
  afterAll(async () => {
    await onPostgres.close();
    await postgres.close();
  });

  it('rotates once for many concurrent requests', async () => {
    const { tokens, user } = await register(undefined, onPostgres);
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(tokens.refreshToken, onPostgres)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(200));
    const [row] = await onPostgres.queries.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(row?.generation).toBe(1);
  });

  it('ends the session once when many requests use an old token at once', async () => {
    const { tokens, user } = await register(undefined, onPostgres);
    await refresh(tokens.refreshToken, onPostgres);
    await onPostgres.clock.advance(10_001);
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(tokens.refreshToken, onPostgres)));
    expect(answers.every(({ statusCode }) => statusCode === 401)).toBe(true);
    expect(answers.some((answer) => answer.json().code === 'session_token.reused')).toBe(true);
    expect(await onPostgres.queries.$count(sessions, eq(sessions.userId, user.id))).toBe(0);
  });

  it('lets one of many requests create the account, and many sign in at once', async () => {
    const payload = { email: newEmail(), password, name: 'Ada' };
    const made = await Promise.all([1, 2, 3, 4].map(() => ask('POST', '/v1/accounts', { payload, on: onPostgres })));
    expect(made.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409, 409, 409]);
    const { email } = payload;
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => ask('POST', '/v1/sessions', { payload: { email, password }, on: onPostgres })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201, 201]);
  });
});
