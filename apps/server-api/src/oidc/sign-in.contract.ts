// More than 400 lines because it is one contract: every case signs in at the same provider and
// server, on both databases.
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { type Identity, signedInSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdentityProviderUnderTest, startIdentityProvider } from '../../test/identity-provider.js';
import { type Asker, newApiKey, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { identities, sessions, users } from '../database/schema.js';
import { type BegunSignIn, SignInCookies, signInId } from './sign-in-cookies.js';

const publicUrl = 'https://meet.example.org';
const redirectUri = `${publicUrl}/v1/identity-providers/test/callback`;

/**
 * `databaseUrl`: of an empty database; without it the contract uses PGlite. The file is long
 * because every test needs the same provider, server and browsers.
 */
export function signInContract(name: string, databaseUrl?: () => Promise<string>): void {
  describe(`on ${name}`, () => {
    let provider: IdentityProviderUnderTest;
    let server: ServerUnderTest;
    let log = '';
    beforeAll(async () => {
      provider = await startIdentityProvider(redirectUri);
      const { issuer, clientId, clientSecret } = provider;
      const lines = new Writable({
        write: (chunk, _encoding, done) => {
          log += chunk;
          done();
        },
      });
      server = await startServer({
        databaseUrl: await databaseUrl?.(),
        publicUrl,
        logger: pino({ level: 'trace' }, lines),
        identityProviders: [
          { id: 'test', name: 'Test provider', issuer, clientId, clientSecret },
          { id: 'away', name: 'Away', issuer: 'http://127.0.0.1:1', clientId },
        ],
      });
    }, STARTING);
    afterAll(async () => {
      await server.close();
      await provider.close();
    });

    /** A browser: its cookies and its user. */
    function newBrowser(asker: Asker = nobody, headers: Record<string, string> = {}) {
      const jar = new Map<string, string>();
      /** The last sign-in that came back. */
      let finished = 'x'.repeat(16);
      const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
        const response: LightMyRequestResponse = await server.api.fastify.inject({
          method,
          url,
          payload,
          headers: { ...asker.headers, ...headers, 'user-agent': 'A browser' },
          cookies: Object.fromEntries(jar),
          remoteAddress: newAddress(),
        });
        for (const { name, value, maxAge } of response.cookies) {
          if (maxAge === 0 || value === '') jar.delete(name);
          else jar.set(name, value);
        }
        finished = signInOf(response) ?? finished;
        return response;
      };
      const begin = async (returnTo?: string, id = 'test') =>
        ask('POST', `/v1/identity-providers/${id}/sign-in`, { returnTo });
      /** Returns the path of the callback, with the provider's answer. */
      const visit = async (subject: string, returnTo?: string) => {
        const { authorizationUrl } = (await begin(returnTo)).json();
        const back = await provider.signIn(authorizationUrl, subject);
        expect(`${back.origin}${back.pathname}`).toBe(redirectUri);
        return `${back.pathname}${back.search}`;
      };
      const comeBack = async (subject: string, returnTo?: string) => ask('GET', await visit(subject, returnTo));
      const complete = (signIn = finished) => ask('POST', '/v1/identity-providers/sign-in/complete', { signIn });
      return { jar, ask, begin, visit, comeBack, complete };
    }

    function newAccount(account: { email?: string; email_verified?: boolean; name?: string } = {}) {
      const subject = randomUUID();
      const full = { email: `${subject}@example.org`, email_verified: true, name: 'Ada Lovelace', ...account };
      provider.accounts.set(subject, full);
      return { subject, ...full };
    }

    function signInOf(response: LightMyRequestResponse): string | undefined {
      const { location } = response.headers;
      return (location && new URL(location).searchParams.get('sign-in')) || undefined;
    }

    /**
     * The address to which the browser is redirected, without the sign-in's id, which must be
     * there.
     */
    function placeOf(response: LightMyRequestResponse): string {
      const url = new URL(response.headers.location ?? '');
      expect(url.searchParams.get('sign-in')).toMatch(/^[\w-]{16}$/);
      url.searchParams.delete('sign-in');
      return url.href;
    }

    const cookieNames = (jar: Map<string, string>, kind: string) =>
      [...jar.keys()].filter((name) => name.startsWith(`__Secure-${kind}-`));

    function expectFailure(response: LightMyRequestResponse, code: string, path = '/') {
      expect(response.statusCode).toBe(303);
      expect(response.headers.location).toBe(`${publicUrl}${path}?sign-in-error=${code}`);
      expect(response.cookies.filter(({ name, value }) => name.includes('signed-in') && value !== '')).toEqual([]);
    }

    describe('signing in through an identity provider', () => {
      it('creates an account the first time and finds it again', async () => {
        expect((await newBrowser().ask('GET', '/v1/identity-providers')).json().items).toEqual([
          { id: 'test', name: 'Test provider' },
          { id: 'away', name: 'Away' },
        ]);
        const { subject, email } = newAccount();
        const browser = newBrowser();
        const back = await browser.comeBack(subject, '/m/abc?tab=chat#now');
        expect(back.statusCode).toBe(303);
        expect(placeOf(back)).toBe(`${publicUrl}/m/abc?tab=chat#now`);
        const completed = await browser.complete();
        expect(completed.statusCode).toBe(201);
        const first = signedInSchema.parse(completed.json());
        expect(first.user).toMatchObject({ email, emailVerified: true, name: 'Ada Lovelace', hasPassword: false });
        expect(browser.jar.size).toBe(0);
        const [session] = await server.queries.select().from(sessions).where(eq(sessions.userId, first.user.id));
        expect(session?.userAgent).toBe('A browser');

        // Once an identity is known, the address is no longer relevant.
        provider.accounts.set(subject, { email: `${randomUUID()}@example.org`, email_verified: false });
        const again = newBrowser();
        await again.comeBack(subject);
        expect(signedInSchema.parse((await again.complete()).json()).user.id).toBe(first.user.id);
        const signedIn = newBrowser({ headers: { authorization: `Bearer ${first.tokens.accessToken}` } });
        const { items } = (await signedIn.ask('GET', '/v1/me/identities')).json() as { items: Identity[] };
        expect(items).toMatchObject([{ provider: { id: 'test', name: 'Test provider' }, issuer: provider.issuer }]);
      });

      it('keeps its state in cookies that scripts, other sites and other paths never get', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const begun = await browser.begin();
        const attributes = { path: '/v1/identity-providers', httpOnly: true, secure: true };
        expect(begun.cookies).toMatchObject([
          { name: expect.stringMatching(/^__Secure-waterbus-sign-in-/), ...attributes, sameSite: 'Lax', maxAge: 600 },
        ]);
        const back = await browser.comeBack(subject);
        expect(back.cookies.filter((cookie) => cookie.value !== '')).toMatchObject([
          {
            name: expect.stringMatching(/^__Secure-waterbus-signed-in-/),
            ...attributes,
            sameSite: 'Strict',
            maxAge: 60,
          },
        ]);
        const { searchParams } = new URL(begun.json().authorizationUrl);
        const carried = begun.cookies[0]?.value ?? '';
        for (const value of [searchParams.get('state'), searchParams.get('nonce')])
          expect(carried).not.toContain(value);
        expect(searchParams.get('code_challenge_method')).toBe('S256');
      });

      it('logs neither codes nor states', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const path = await browser.visit(subject);
        await browser.ask('GET', path);
        await browser.ask('GET', path);
        const { code, state } = Object.fromEntries(new URL(path, publicUrl).searchParams);
        expect(code).toBeTruthy();
        expect(log).toContain('/v1/identity-providers/test/callback');
        for (const one of [code, state]) expect(log).not.toContain(one);
      });

      it('accepts any name and cleans it for display', async () => {
        for (const [name, shown] of [
          ['\u202eevil\n', 'evil'],
          ['x'.repeat(500), 'x'.repeat(32)],
          ['\n\t', 'someone'],
        ]) {
          const { subject } = newAccount({ name, email: `someone@${randomUUID()}.example` });
          const browser = newBrowser();
          await browser.comeBack(subject);
          expect((await browser.complete()).json().user.name).toBe(shown);
        }
      });

      it('is refused without an e-mail address', async () => {
        for (const email of [undefined, 'no address']) {
          const { subject } = newAccount({ email });
          expectFailure(await newBrowser().comeBack(subject), 'account.sign_in_failed');
        }
      });

      it('happens once for two browsers at the same time', async () => {
        const { subject } = newAccount();
        const [one, two] = [newBrowser(), newBrowser()];
        const paths = [await one.visit(subject), await two.visit(subject)];
        await Promise.all([one.ask('GET', paths[0] ?? ''), two.ask('GET', paths[1] ?? '')]);
        const ids = [(await one.complete()).json().user.id, (await two.complete()).json().user.id];
        expect(ids[0]).toBe(ids[1]);
      });
    });

    describe('signing in in several tabs of one browser', () => {
      it.each(['in the order in which they began', 'in the other order'])('completes each, %s', async (order) => {
        const [one, two] = [newAccount(), newAccount()];
        const browser = newBrowser();
        const paths = [await browser.visit(one.subject, '/one'), await browser.visit(two.subject, '/two')];
        const tabs = [
          { path: paths[0] ?? '', place: '/one', email: one.email },
          { path: paths[1] ?? '', place: '/two', email: two.email },
        ];
        if (order === 'in the other order') tabs.reverse();
        const signIns: { id: string; email: string }[] = [];
        // Both come back before either takes its session.
        for (const { path, place, email } of tabs) {
          const back = await browser.ask('GET', path);
          expect(placeOf(back)).toBe(`${publicUrl}${place}`);
          signIns.push({ id: signInOf(back) ?? '', email });
        }
        for (const { id, email } of signIns) expect((await browser.complete(id)).json().user.email).toBe(email);
        expect(browser.jar.size).toBe(0);
      });

      it('evicts the oldest beyond five', async () => {
        const browser = newBrowser();
        const paths: string[] = [];
        for (let n = 0; n < 6; n += 1) {
          paths.push(await browser.visit(newAccount().subject));
          await server.clock.advance(1000);
        }
        expect(cookieNames(browser.jar, 'waterbus-sign-in')).toHaveLength(5);
        expectFailure(await browser.ask('GET', paths[0] ?? ''), 'account.sign_in_failed');
        for (const path of paths.slice(1)) {
          await browser.ask('GET', path);
          expect((await browser.complete()).statusCode).toBe(201);
        }
        browser.jar.set(`__Secure-waterbus-sign-in-${'z'.repeat(16)}`, 'nonsense');
        for (let n = 0; n < 5; n += 1) await browser.begin();
        expect(browser.jar.has(`__Secure-waterbus-sign-in-${'z'.repeat(16)}`)).toBe(false);
        expect(cookieNames(browser.jar, 'waterbus-sign-in')).toHaveLength(5);
      });
    });

    describe('an account with the same e-mail address', () => {
      it('is signed in to when both sides have verified it', async () => {
        const { subject, email } = newAccount();
        const person = await newPerson(server, { email, emailVerifiedAt: new Date(server.clock.date()) });
        const browser = newBrowser();
        await browser.comeBack(subject);
        expect((await browser.complete()).json().user.id).toBe(person.userId);
      });

      it.each([
        ['the provider has not', false, true],
        ['neither has', false, false],
      ])('is not used when %s', async (_who, byProvider, byAccount) => {
        const { subject, email } = newAccount({ email_verified: byProvider });
        const emailVerifiedAt = byAccount ? new Date(server.clock.date()) : null;
        await newPerson(server, { email, emailVerifiedAt });
        const browser = newBrowser();
        expectFailure(await browser.comeBack(subject, '/login'), 'account.email_taken', '/login');
        expectProblem(await browser.complete(), 'account.sign_in_failed');
        expect(await server.queries.select().from(identities).where(eq(identities.subject, subject))).toEqual([]);
      });

      it('is taken over when it never verified the address, and all its credentials end', async () => {
        const { subject, email } = newAccount({ email_verified: true });
        const squatter = await newPerson(server, { email, name: 'Squatter', passwordHash: 'a hash' });
        const key = await newApiKey(server, squatter.userId);
        const browser = newBrowser();
        expect(placeOf(await browser.comeBack(subject, '/login'))).toBe(`${publicUrl}/login`);
        const { user } = (await browser.complete()).json();
        expect(user).toMatchObject({ id: squatter.userId, emailVerified: true, hasPassword: false });
        for (const { headers } of [squatter, key]) {
          expectProblem(await server.api.fastify.inject({ url: '/v1/meetings', headers }), 'token.invalid');
        }
      });

      it('is not verified by a provider that has not verified it', async () => {
        const { subject, email } = newAccount({ email_verified: false });
        const headers: Record<string, string> = { 'accept-language': 'de-AT' };
        const browser = newBrowser(nobody, headers);
        const path = await browser.visit(subject);
        // A navigation has the browser's language, the account and its first mail that of the page.
        headers['accept-language'] = 'ar';
        await browser.ask('GET', path);
        const [user] = await server.queries.select().from(users).where(eq(users.email, email));
        expect(user?.language).toBe('de');
        expect((await browser.complete()).json().user.emailVerified).toBe(false);
      });
    });

    describe('an answer for another sign-in', () => {
      const failed = 'account.sign_in_failed';

      it('is refused in another browser, with another state, or for another provider', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const path = await browser.visit(subject, '/there');
        expectFailure(await newBrowser().ask('GET', path), failed);
        const wrong = path.replace(/state=[^&]+/, 'state=wrong');
        expectFailure(await browser.ask('GET', wrong), failed);
        expectFailure(await browser.ask('GET', wrong.replace('state=wrong', '')), failed);
        expectFailure(await browser.ask('GET', path.replace('/test/', '/away/')), failed, '/there');
        expectProblem(await browser.ask('GET', path.replace('/test/', '/none/')), 'request.not_found');
        // None of this ended the running sign-in.
        expect(placeOf(await browser.ask('GET', path))).toBe(`${publicUrl}/there`);
      });

      it('is refused a second time, and its code with a new state', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const path = await browser.visit(subject);
        const before = new Map(browser.jar);
        expect(placeOf(await browser.ask('GET', path))).toBe(`${publicUrl}/`);
        const thief = newBrowser();
        for (const [name, value] of before) thief.jar.set(name, value);
        expectFailure(await thief.ask('GET', path), failed);

        const other = newBrowser();
        const { searchParams } = new URL((await other.begin()).json().authorizationUrl);
        const replayed = path.replace(/state=[^&]+/, `state=${searchParams.get('state')}`);
        expectFailure(await other.ask('GET', replayed), failed);
      });

      it('is refused when the provider refused', async () => {
        const browser = newBrowser();
        const { searchParams } = new URL((await browser.begin()).json().authorizationUrl);
        const query = `error=access_denied&state=${searchParams.get('state')}&iss=${encodeURIComponent(provider.issuer)}`;
        expectFailure(await browser.ask('GET', `/v1/identity-providers/test/callback?${query}`), failed);
      });

      it('is refused from another issuer', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const path = await browser.visit(subject);
        expectFailure(await browser.ask('GET', path.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example')), failed);
      });

      it('is refused after ten minutes', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const path = await browser.visit(subject, '/there');
        await server.clock.advance(600_000);
        expectFailure(await browser.ask('GET', path), failed, '/');
      });

      it.each(['nonce', 'pkceCodeVerifier'] as const)(
        'is refused when the %s is that of another sign-in',
        async (what) => {
          const { subject } = newAccount();
          const [browser, other] = [newBrowser(), newBrowser()];
          const path = await browser.visit(subject);
          await other.begin();
          const cookies = new SignInCookies(secret, server.clock, true);
          const requestOf = (jar: Map<string, string>) => ({ cookies: Object.fromEntries(jar) }) as never;
          const read = async (jar: Map<string, string>) => {
            const [name = ''] = cookieNames(jar, 'waterbus-sign-in');
            return (await cookies.read(requestOf(jar), 'begun', name.slice(-16))) as BegunSignIn;
          };
          const mixed = { ...(await read(browser.jar)), [what]: (await read(other.jar))[what] };
          const reply = { setCookie: browser.jar.set.bind(browser.jar) } as never;
          await cookies.set(requestOf(browser.jar), reply, 'begun', signInId(mixed.state), mixed);
          expectFailure(await browser.ask('GET', path), failed);
        },
      );
    });

    describe('taking the session', () => {
      it('works once, within a minute, only with the cookie of the callback', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        expectProblem(await browser.complete(), 'account.sign_in_failed');
        await browser.begin();
        const begun = browser.jar.get(cookieNames(browser.jar, 'waterbus-sign-in')[0] ?? '') ?? '';
        await browser.comeBack(subject);
        const [name = ''] = cookieNames(browser.jar, 'waterbus-signed-in');
        const cookie = browser.jar.get(name) ?? '';
        expectProblem(await browser.complete('y'.repeat(16)), 'account.sign_in_failed');
        expectProblem(await browser.complete('not an id'), 'request.invalid');
        expect((await browser.complete()).statusCode).toBe(201);
        for (const wrong of [cookie, begun, `${cookie}x`, 'nonsense']) {
          browser.jar.set(name, wrong);
          expectProblem(await browser.complete(), 'account.sign_in_failed');
        }
        await browser.comeBack(subject);
        await server.clock.advance(60_000);
        expectProblem(await browser.complete(), 'account.sign_in_failed');
      });

      it('is refused for an account that was deleted in the meantime', async () => {
        const { subject, email } = newAccount();
        const browser = newBrowser();
        await browser.comeBack(subject);
        await server.queries.delete(users).where(eq(users.email, email));
        expectProblem(await browser.complete(), 'account.sign_in_failed');
      });
    });

    describe('linking', () => {
      it('adds a way to sign in to a signed-in user; each but the last can be removed', async () => {
        const person = await newPerson(server);
        const [first, second] = [newAccount(), newAccount()];
        const browser = newBrowser(person);
        for (const { subject } of [first, second]) {
          expect(placeOf(await browser.comeBack(subject, '/profile'))).toBe(`${publicUrl}/profile`);
        }
        const elsewhere = newBrowser();
        await elsewhere.comeBack(second.subject);
        expect((await elsewhere.complete()).json().user).toMatchObject({ id: person.userId, email: person.email });

        const list = async () => (await browser.ask('GET', '/v1/me/identities')).json().items as Identity[];
        const [one, two] = await list();
        expectProblem(
          await newBrowser(await newPerson(server)).ask('DELETE', `/v1/me/identities/${one?.id}`),
          'identity.not_found',
        );
        const removed = await browser.ask('DELETE', `/v1/me/identities/${one?.id}`);
        expect([removed.statusCode, removed.body]).toEqual([204, '']);
        expectProblem(await browser.ask('DELETE', `/v1/me/identities/${one?.id}`), 'identity.not_found');
        expectProblem(await browser.ask('DELETE', `/v1/me/identities/${two?.id}`), 'identity.last');
        await server.queries.update(users).set({ passwordHash: 'one' }).where(eq(users.id, person.userId));
        expect((await browser.ask('DELETE', `/v1/me/identities/${two?.id}`)).statusCode).toBe(204);
        expect(await list()).toEqual([]);
        expectProblem(await newBrowser().ask('GET', '/v1/me/identities'), 'account.required');
      });

      it('keeps at least one way when both are removed at once', async () => {
        const person = await newPerson(server);
        const browser = newBrowser(person);
        for (const { subject } of [newAccount(), newAccount()]) await browser.comeBack(subject);
        const { items } = (await browser.ask('GET', '/v1/me/identities')).json() as { items: Identity[] };
        const answers = await Promise.all(items.map(({ id }) => browser.ask('DELETE', `/v1/me/identities/${id}`)));
        expect(answers.map((answer) => answer.statusCode).sort()).toEqual([204, 409]);
      });

      it('does not take an identity of another user', async () => {
        const { subject } = newAccount();
        await newBrowser().comeBack(subject);
        const person = await newPerson(server);
        expectFailure(await newBrowser(person).comeBack(subject), 'identity.taken');
        const mine = newAccount();
        const browser = newBrowser(person);
        for (let n = 0; n < 2; n += 1) expect(placeOf(await browser.comeBack(mine.subject))).toBe(`${publicUrl}/`);
      });

      it('requires a recent session that still exists', async () => {
        const person = await newPerson(server);
        const browser = newBrowser(person);
        const path = await browser.visit(newAccount().subject);
        await server.queries.delete(sessions).where(eq(sessions.id, person.sessionId));
        expectFailure(
          await server.api.fastify.inject({ method: 'GET', url: path, cookies: Object.fromEntries(browser.jar) }),
          'token.invalid',
        );
        const older = await newPerson(server);
        await server.clock.advance(600_001);
        expectProblem(await newBrowser(older).begin(), 'account.reauthentication_required');
      });
    });

    describe('the return address', () => {
      it.each([
        '//evil.example',
        'https://evil.example',
        '/\\evil.example',
        '\\\\evil.example',
        '/\t/evil.example',
        'm',
        '',
      ])('never leads to %j', async (returnTo) => expectProblem(await newBrowser().begin(returnTo), 'request.invalid'));

      it('stays on the site, with dots and slashes too', async () => {
        const { subject } = newAccount();
        const back = await newBrowser().comeBack(subject, '/a/..//evil.example/@evil.example');
        expect(new URL(back.headers.location ?? '').origin).toBe(publicUrl);
      });
    });

    describe('a provider', () => {
      it('that does not answer is distinguished from a wrong one', async () => {
        const answer = await newBrowser().begin('/', 'away');
        expectProblem(answer, 'server.unavailable');
        expectProblem(await newBrowser().begin('/', 'none'), 'request.not_found');
      });
    });
  });
}
