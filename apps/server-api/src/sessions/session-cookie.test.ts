import { signedInSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { sessions } from '../database/schema.js';

const publicUrl = 'https://meet.example.org';
const password = 'correct horse battery';

let server: ServerUnderTest;
beforeAll(async () => {
  server = await startServer({ publicUrl });
}, STARTING);
afterAll(() => server.close());

interface Asking {
  origin?: string;
  /** `Sec-Fetch-Site`. */
  site?: string;
  host?: string;
  token?: string;
}

/** The cookies of a browser, for one page. */
function newBrowser(page: Asking = { origin: publicUrl }) {
  const jar = new Map<string, string>();
  let last: LightMyRequestResponse | undefined;
  const ask = async (method: 'POST' | 'DELETE' | 'GET', url: string, payload?: object, as: Asking = page) => {
    last = await server.api.fastify.inject({
      method,
      url,
      payload,
      remoteAddress: newAddress(),
      cookies: Object.fromEntries(jar),
      headers: {
        host: as.host ?? 'meet.example.org',
        ...(as.origin !== undefined && { origin: as.origin }),
        ...(as.site !== undefined && { 'sec-fetch-site': as.site }),
        ...(as.token !== undefined && { authorization: `Bearer ${as.token}` }),
      },
    });
    for (const { name, value, maxAge } of sessionCookies(last)) {
      if (maxAge === 0 || value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return last;
  };
  const register = async () => {
    const account = { email: `cookie-${++people}@example.org`, password, name: 'Ada', refreshIn: 'cookie' };
    const response = await ask('POST', '/v1/accounts', account);
    expect(response.statusCode).toBe(201);
    return { ...signedInSchema.parse(response.json()), email: account.email, response };
  };
  const refresh = (as?: Asking) => ask('POST', '/v1/sessions/refresh', {}, as);
  return { jar, ask, register, refresh };
}
/** The cookies other than the one of the known device. */
function sessionCookies({ cookies }: LightMyRequestResponse) {
  return cookies.filter(({ name }) => !name.includes('waterbus-device'));
}

let people = 0;

describe('a refresh token in a cookie', () => {
  it('is never in a body, and no script, other host or http page gets it', async () => {
    const browser = newBrowser();
    const { response, tokens } = await browser.register();
    const attributes = { httpOnly: true, secure: true, sameSite: 'Strict', path: '/', maxAge: 30 * 86_400 };
    expect(sessionCookies(response)).toMatchObject([{ name: '__Host-waterbus-session', ...attributes }]);
    expect(sessionCookies(response)[0]).not.toHaveProperty('domain');
    const [secret = ''] = browser.jar.values();
    expect(tokens.refreshToken).toBeUndefined();
    const refreshed = await browser.refresh();
    expect(refreshed.statusCode).toBe(200);
    expect(refreshed.json()).toEqual({ accessToken: expect.any(String), expiresIn: 900, userId: tokens.userId });
    const [next = ''] = browser.jar.values();
    expect(next).not.toBe(secret);
    for (const body of [response.body, refreshed.body]) expect(body).not.toContain(secret);
    expect(refreshed.body).not.toContain(next);
  });

  it('is set by a sign-in too, and limited to its routes where http allows no prefix', async () => {
    const { email } = await newBrowser().register();
    const browser = newBrowser({ origin: 'http://localhost:8080', host: 'localhost:8080' });
    const response = await browser.ask('POST', '/v1/sessions', { email, password, refreshIn: 'cookie' });
    const attributes = { httpOnly: true, sameSite: 'Strict', path: '/v1/sessions' };
    expect(sessionCookies(response)).toMatchObject([{ name: 'waterbus-session-8080', ...attributes }]);
    expect((await browser.refresh()).statusCode).toBe(200);
    // Another server on another port of the same host.
    expectProblem(await browser.refresh({ origin: 'http://localhost:9090', host: 'localhost:9090' }), 'token.invalid');
  });

  it('is valid once, except for two tabs that refresh at once', async () => {
    const browser = newBrowser();
    await browser.register();
    const before = new Map(browser.jar);
    const both = await Promise.all([browser.refresh(), browser.refresh()]);
    expect(both.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect((await browser.refresh()).statusCode).toBe(200);
    const thief = newBrowser();
    for (const [name, value] of before) thief.jar.set(name, value);
    await server.clock.advance(10_001);
    expectProblem(await thief.refresh(), 'session_token.reused');
    expectProblem(await browser.refresh(), 'token.invalid');
  });

  it('replaces one that an earlier answer had in its body', async () => {
    const { email } = await newBrowser().register();
    const browser = newBrowser();
    const { tokens } = signedInSchema.parse((await browser.ask('POST', '/v1/sessions', { email, password })).json());
    expect(browser.jar.size).toBe(0);
    const { refreshToken } = tokens;
    const moved = await browser.ask('POST', '/v1/sessions/refresh', { refreshToken, refreshIn: 'cookie' });
    expect(moved.json()).not.toHaveProperty('refreshToken');
    expect((await browser.refresh()).statusCode).toBe(200);
  });

  const foreign: [string, Asking][] = [
    ['another site', { origin: 'https://evil.example' }],
    ['another host of the domain', { origin: 'https://other.example.org', site: 'same-site' }],
    ['another site, whatever it calls itself', { origin: publicUrl, site: 'cross-site' }],
    ['a page without an origin', { origin: 'null' }],
    ['the same name over http', { origin: 'http://meet.example.org', host: 'meet.example.org:443' }],
    ['no page', {}],
  ];

  it.each(foreign)('is refused to %s', async (_who, as) => {
    const browser = newBrowser();
    const { email, tokens } = await browser.register();
    const before = new Map(browser.jar);
    expectProblem(await browser.refresh(as), 'permission.denied');
    for (const [url, body] of [
      ['/v1/sessions', { email, password }],
      ['/v1/accounts', { email: 'x@example.org', password, name: 'X' }],
    ] as const) {
      const answer = await browser.ask('POST', url, { ...body, refreshIn: 'cookie' }, as);
      expectProblem(answer, 'permission.denied');
    }
    const signOut = await browser.ask('DELETE', '/v1/sessions/current', undefined, as);
    expect(signOut.statusCode).toBeGreaterThanOrEqual(401);
    // None of these requests had an effect.
    expect(browser.jar).toEqual(before);
    expect(await server.queries.$count(sessions, eq(sessions.userId, tokens.userId))).toBe(1);
    expect((await browser.refresh()).statusCode).toBe(200);
  });

  it('ends its session by itself, and is removed with it', async () => {
    const browser = newBrowser();
    const { tokens } = await browser.register();
    expect((await browser.ask('DELETE', '/v1/sessions/current')).statusCode).toBe(204);
    expect(browser.jar.size).toBe(0);
    expect(await server.queries.$count(sessions, eq(sessions.userId, tokens.userId))).toBe(0);
    expectProblem(await browser.ask('DELETE', '/v1/sessions/current'), 'account.required');
    expectProblem(await browser.refresh(), 'token.invalid');
  });

  it('is removed with a session that the bearer token ends, and when it is invalid', async () => {
    const browser = newBrowser();
    const { tokens } = await browser.register();
    const as = { origin: publicUrl, token: tokens.accessToken };
    expect((await browser.ask('DELETE', '/v1/sessions/current', undefined, as)).statusCode).toBe(204);
    expect(browser.jar.size).toBe(0);
    browser.jar.set('__Host-waterbus-session', 'nonsense');
    expect((await browser.ask('DELETE', '/v1/sessions/current')).statusCode).toBe(204);
    expect(browser.jar.size).toBe(0);
  });

  it('does not count elsewhere', async () => {
    const browser = newBrowser();
    await browser.register();
    for (const url of ['/v1/me', '/v1/sessions']) expectProblem(await browser.ask('GET', url), 'account.required');
  });
});
