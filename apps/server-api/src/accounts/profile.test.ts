import { Writable } from 'node:stream';
import { signedInSchema, userSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asker, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { sessions, users } from '../database/schema.js';

let server: ServerUnderTest;
let log = '';
beforeAll(async () => {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  server = await startServer({ logger: pino({ level: 'trace' }, stream) });
}, STARTING);
afterAll(() => server.close());

const password = 'correct horse battery';
const newPassword = 'another battery staple';
let people = 0;
const ask = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  asker: Asker,
  payload?: object,
  remoteAddress = newAddress(),
) => server.api.fastify.inject({ method, url, payload, headers: asker.headers, remoteAddress });
const bearer = (token: string): Asker => ({ headers: { authorization: `Bearer ${token}` } });
async function register() {
  const email = `person-${++people}@example.org`;
  const answer = await ask('POST', '/v1/accounts', nobody, { email, password, name: 'Ada' });
  const { user, tokens } = signedInSchema.parse(answer.json());
  return { ...bearer(tokens.accessToken), user, tokens };
}
const logIn = (email: string, word: string) => ask('POST', '/v1/sessions', nobody, { email, password: word });

describe('/v1/me', () => {
  it('shows the account to its user alone', async () => {
    const person = await register();
    expect(userSchema.parse((await ask('GET', '/v1/me', person)).json())).toEqual(person.user);
    expectProblem(await ask('GET', '/v1/me', nobody), 'account.required');
  });

  it('changes only the name', async () => {
    const person = await register();
    expect((await ask('PATCH', '/v1/me', person, { name: ' Grace ' })).json()).toEqual({
      ...person.user,
      name: 'Grace',
    });
    expect((await ask('PATCH', '/v1/me', person, {})).json().name).toBe('Grace');
    for (const body of [{ name: '' }, { name: 'a\u202eb' }, { email: 'eve@example.org' }, { emailVerified: true }]) {
      expectProblem(await ask('PATCH', '/v1/me', person, body), 'request.invalid');
    }
  });
});

describe('PUT /v1/me/password', () => {
  it('changes it, and ends every other session', async () => {
    const person = await register();
    const other = signedInSchema.parse((await logIn(person.user.email, password)).json());
    const change = { currentPassword: password, newPassword };
    expect((await ask('PUT', '/v1/me/password', person, change)).statusCode).toBe(204);
    expect((await ask('GET', '/v1/me', person)).statusCode).toBe(200);
    expectProblem(await ask('GET', '/v1/me', bearer(other.tokens.accessToken)), 'token.invalid');
    expectProblem(await logIn(person.user.email, password), 'account.wrong_credentials');
    expect((await logIn(person.user.email, newPassword)).statusCode).toBe(201);
  });

  it('requires the current one, and limits guesses by session, apart from those at sign-in', async () => {
    const person = await register();
    const address = newAddress();
    expectProblem(await ask('PUT', '/v1/me/password', person, { newPassword }, address), 'account.wrong_password');
    for (let n = 0; n < 9; n += 1) {
      const change = { currentPassword: 'wrong', newPassword };
      expectProblem(await ask('PUT', '/v1/me/password', person, change, address), 'account.wrong_password');
    }
    const right = { currentPassword: password, newPassword };
    expectProblem(await ask('PUT', '/v1/me/password', person, right, address), 'request.rate_limited');
    expectProblem(await ask('DELETE', '/v1/me', person, { password }, address), 'request.rate_limited');
    expectProblem(await ask('PUT', '/v1/me/password', person, { ...right, newPassword: 'short' }), 'request.invalid');
    const other = bearer((await logIn(person.user.email, password)).json().tokens.accessToken);
    for (const newPassword of ['1234567890', person.user.email]) {
      expectProblem(await ask('PUT', '/v1/me/password', other, { ...right, newPassword }), 'password.weak');
    }
    expect((await logIn(person.user.email, password)).statusCode).toBe(201);
  });

  it('sets the first one of an account from a recent session', async () => {
    const person = await newPerson(server);
    await server.clock.advance(600_001);
    expectProblem(await ask('PUT', '/v1/me/password', person, { newPassword }), 'account.reauthentication_required');
    await server.queries
      .update(sessions)
      .set({ createdAt: new Date(server.clock.date() - 600_000) })
      .where(eq(sessions.id, person.sessionId));
    expect((await ask('PUT', '/v1/me/password', person, { newPassword })).statusCode).toBe(204);
    expect((await ask('GET', '/v1/me', person)).json().hasPassword).toBe(true);
    expect((await logIn(person.email, newPassword)).statusCode).toBe(201);
  });

  it('accepts one of two concurrent changes', async () => {
    const person = await register();
    const change = (word: string) =>
      ask('PUT', '/v1/me/password', person, { currentPassword: password, newPassword: word });
    const answers = await Promise.all([change(`${newPassword} 1`), change(`${newPassword} 2`)]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, 403]);
    const winner = answers.findIndex(({ statusCode }) => statusCode === 204) + 1;
    expect((await logIn(person.user.email, `${newPassword} ${winner}`)).statusCode).toBe(201);
  });
});

describe('DELETE /v1/me', () => {
  it('requires the password, or a recent sign-in if there is none', async () => {
    const person = await register();
    expectProblem(await ask('DELETE', '/v1/me', person, {}), 'account.wrong_password');
    expectProblem(await ask('DELETE', '/v1/me', person, { password: 'wrong' }), 'account.wrong_password');
    expect((await ask('DELETE', '/v1/me', person, { password })).statusCode).toBe(204);
    expectProblem(await ask('GET', '/v1/me', person), 'token.invalid');
    expectProblem(await logIn(person.user.email, password), 'account.wrong_credentials');

    const without = await newPerson(server);
    await server.clock.advance(600_001);
    expectProblem(await ask('DELETE', '/v1/me', without, {}), 'account.reauthentication_required');
    const recent = await newPerson(server);
    expect((await ask('DELETE', '/v1/me', recent, {})).statusCode).toBe(204);
    expect(await server.queries.$count(users, eq(users.id, recent.userId))).toBe(0);
  });

  it('releases the address for another account', async () => {
    const person = await register();
    await ask('DELETE', '/v1/me', person, { password });
    const again = { email: person.user.email, password, name: 'Ada' };
    const answer = await ask('POST', '/v1/accounts', nobody, again);
    expect(answer.statusCode).toBe(201);
    expect(answer.json().user.id).not.toBe(person.user.id);
  });
});

it('writes neither passwords nor tokens nor addresses to the log', async () => {
  const { user, tokens } = await register();
  await ask('POST', '/v1/sessions/refresh', nobody, { refreshToken: tokens.refreshToken });
  await ask('POST', '/v1/email-verifications/confirm', nobody, { token: 'a-mailed-token' });
  expect(log).toContain('request completed');
  for (const hidden of [password, newPassword, tokens.accessToken, tokens.refreshToken, user.email, 'a-mailed-token']) {
    expect(log).not.toContain(hidden);
  }
});
