// Beyond 400 lines because it is one contract: every case signs somebody in at the same provider and server, on both databases.
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { type Identity, signedInSchema } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdentityProviderUnderTest, startIdentityProvider } from '../../test/identity-provider.js';
import { type Asker, newPerson, nobody } from '../../test/people.js';
import { expectProblem } from '../../test/problem.js';
import { newAddress, type ServerUnderTest, STARTING, secret, startServer } from '../../test/server.js';
import { identities, sessions, users } from '../database/schema.js';
import { type BegunSignIn, SignInCookies } from './sign-in-cookies.js';

const publicUrl = 'https://meet.example.org';
const redirectUri = `${publicUrl}/v1/identity-providers/test/callback`;

/**
 * `databaseUrl`: of an empty database; without it PGlite is used. Longer than other files, since every test needs the same provider,
 * server and browsers.
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

    /** A browser: its cookies, and who is signed in. */
    function newBrowser(asker: Asker = nobody) {
      const jar = new Map<string, string>();
      const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
        const response: LightMyRequestResponse = await server.api.fastify.inject({
          method,
          url,
          payload,
          headers: { ...asker.headers, 'user-agent': 'A browser' },
          cookies: Object.fromEntries(jar),
          remoteAddress: newAddress(),
        });
        for (const { name, value, maxAge } of response.cookies) {
          if (maxAge === 0 || value === '') jar.delete(name);
          else jar.set(name, value);
        }
        return response;
      };
      const begin = async (returnTo?: string, id = 'test') =>
        ask('POST', `/v1/identity-providers/${id}/sign-in`, { returnTo });
      /** Answers the path of the callback, with what the provider says. */
      const visit = async (subject: string, returnTo?: string) => {
        const { authorizationUrl } = (await begin(returnTo)).json();
        const back = await provider.signIn(authorizationUrl, subject);
        expect(`${back.origin}${back.pathname}`).toBe(redirectUri);
        return `${back.pathname}${back.search}`;
      };
      const comeBack = async (subject: string, returnTo?: string) => ask('GET', await visit(subject, returnTo));
      const complete = () => ask('POST', '/v1/identity-providers/sign-in/complete');
      return { jar, ask, begin, visit, comeBack, complete };
    }

    function newAccount(account: { email?: string; email_verified?: boolean; name?: string } = {}) {
      const subject = randomUUID();
      const full = { email: `${subject}@example.org`, email_verified: true, name: 'Ada Lovelace', ...account };
      provider.accounts.set(subject, full);
      return { subject, ...full };
    }

    function expectFailure(response: LightMyRequestResponse, code: string, path = '/') {
      expect(response.statusCode).toBe(303);
      expect(response.headers.location).toBe(`${publicUrl}${path}?sign-in-error=${code}`);
      expect(response.cookies.filter((cookie) => cookie.name === 'waterbus-signed-in')).toEqual([]);
    }

    describe('signing in through an identity provider', () => {
      it('makes an account the first time and finds it again', async () => {
        expect((await newBrowser().ask('GET', '/v1/identity-providers')).json().items).toEqual([
          { id: 'test', name: 'Test provider' },
          { id: 'away', name: 'Away' },
        ]);
        const { subject, email } = newAccount();
        const browser = newBrowser();
        const back = await browser.comeBack(subject, '/m/abc?tab=chat#now');
        expect(back.statusCode).toBe(303);
        expect(back.headers.location).toBe(`${publicUrl}/m/abc?tab=chat#now`);
        const completed = await browser.complete();
        expect(completed.statusCode).toBe(201);
        const first = signedInSchema.parse(completed.json());
        expect(first.user).toMatchObject({ email, emailVerified: true, name: 'Ada Lovelace', hasPassword: false });
        expect(browser.jar.size).toBe(0);
        const [session] = await server.queries.select().from(sessions).where(eq(sessions.userId, first.user.id));
        expect(session?.userAgent).toBe('A browser');

        // Once an identity is known, the address does not matter any more.
        provider.accounts.set(subject, { email: `${randomUUID()}@example.org`, email_verified: false });
        const again = newBrowser();
        await again.comeBack(subject);
        expect(signedInSchema.parse((await again.complete()).json()).user.id).toBe(first.user.id);
        const signedIn = newBrowser({ headers: { authorization: `Bearer ${first.tokens.accessToken}` } });
        const { items } = (await signedIn.ask('GET', '/v1/me/identities')).json() as { items: Identity[] };
        expect(items).toMatchObject([{ provider: { id: 'test', name: 'Test provider' }, issuer: provider.issuer }]);
      });

      it('keeps what it needs in cookies that scripts, other sites and other paths never get', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const begun = await browser.begin();
        const attributes = { path: '/v1/identity-providers', httpOnly: true, secure: true };
        expect(begun.cookies).toMatchObject([
          { name: 'waterbus-sign-in', ...attributes, sameSite: 'Lax', maxAge: 600 },
        ]);
        const back = await browser.comeBack(subject);
        expect(back.cookies.filter((cookie) => cookie.value !== '')).toMatchObject([
          { name: 'waterbus-signed-in', ...attributes, sameSite: 'Strict', maxAge: 60 },
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

      it('takes any name and makes it fit to be shown', async () => {
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
        ['the account has not', true, false],
        ['neither has', false, false],
      ])('is not given away when %s', async (_who, byProvider, byAccount) => {
        const { subject, email } = newAccount({ email_verified: byProvider });
        const emailVerifiedAt = byAccount ? new Date(server.clock.date()) : null;
        await newPerson(server, { email, emailVerifiedAt });
        const browser = newBrowser();
        expectFailure(await browser.comeBack(subject, '/login'), 'account.email_taken', '/login');
        expectProblem(await browser.complete(), 'account.sign_in_failed');
        expect(await server.queries.select().from(identities).where(eq(identities.subject, subject))).toEqual([]);
      });

      it('is not verified by a provider that has not verified it', async () => {
        const { subject } = newAccount({ email_verified: false });
        const browser = newBrowser();
        await browser.comeBack(subject);
        expect((await browser.complete()).json().user.emailVerified).toBe(false);
      });
    });

    describe('what comes back to the wrong place', () => {
      const failed = 'account.sign_in_failed';

      it('is refused in another browser, with another state, or for another provider', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const path = await browser.visit(subject, '/there');
        expectFailure(await newBrowser().ask('GET', path), failed);
        const wrong = path.replace(/state=[^&]+/, 'state=wrong');
        expectFailure(await browser.ask('GET', wrong), failed, '/there');
        expectFailure(await browser.ask('GET', wrong.replace('state=wrong', '')), failed, '/there');
        expectFailure(await browser.ask('GET', path.replace('/test/', '/away/')), failed, '/there');
        expectProblem(await browser.ask('GET', path.replace('/test/', '/none/')), 'request.not_found');
        // None of this has ended the sign-in that goes on.
        expect((await browser.ask('GET', path)).headers.location).toBe(`${publicUrl}/there`);
      });

      it('is refused a second time, and its code with a new state', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        const path = await browser.visit(subject);
        const before = new Map(browser.jar);
        expect((await browser.ask('GET', path)).headers.location).toBe(`${publicUrl}/`);
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
        expectFailure(await browser.ask('GET', path), failed);
      });

      it.each(['nonce', 'pkceCodeVerifier'] as const)(
        'is refused when the %s is that of another sign-in',
        async (what) => {
          const { subject } = newAccount();
          const [browser, other] = [newBrowser(), newBrowser()];
          const path = await browser.visit(subject);
          await other.begin();
          const cookies = new SignInCookies(secret, server.clock, true);
          const read = async (jar: Map<string, string>) =>
            (await cookies.read({ cookies: Object.fromEntries(jar) } as never, 'begun')) as BegunSignIn;
          const mixed = { ...(await read(browser.jar)), [what]: (await read(other.jar))[what] };
          await cookies.set({ setCookie: browser.jar.set.bind(browser.jar) } as never, 'begun', mixed);
          expectFailure(await browser.ask('GET', path), failed);
        },
      );
    });

    describe('taking the session', () => {
      it('works once, within a minute, with the cookie of the way back only', async () => {
        const { subject } = newAccount();
        const browser = newBrowser();
        expectProblem(await browser.complete(), 'account.sign_in_failed');
        await browser.begin();
        const begun = browser.jar.get('waterbus-sign-in') ?? '';
        await browser.comeBack(subject);
        const cookie = browser.jar.get('waterbus-signed-in') ?? '';
        expect((await browser.complete()).statusCode).toBe(201);
        for (const wrong of [cookie, begun, `${cookie}x`, 'nonsense']) {
          browser.jar.set('waterbus-signed-in', wrong);
          expectProblem(await browser.complete(), 'account.sign_in_failed');
        }
        await browser.comeBack(subject);
        await server.clock.advance(60_000);
        expectProblem(await browser.complete(), 'account.sign_in_failed');
      });

      it('is not possible for an account that was deleted meanwhile', async () => {
        const { subject, email } = newAccount();
        const browser = newBrowser();
        await browser.comeBack(subject);
        await server.queries.delete(users).where(eq(users.email, email));
        expectProblem(await browser.complete(), 'account.sign_in_failed');
      });
    });

    describe('linking', () => {
      it('gives a signed-in user another way to sign in, which can be removed but for the last', async () => {
        const person = await newPerson(server);
        const [first, second] = [newAccount(), newAccount()];
        const browser = newBrowser(person);
        for (const { subject } of [first, second]) {
          expect((await browser.comeBack(subject, '/profile')).headers.location).toBe(`${publicUrl}/profile`);
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

      it('leaves at least one way when both are removed at once', async () => {
        const person = await newPerson(server);
        const browser = newBrowser(person);
        for (const { subject } of [newAccount(), newAccount()]) await browser.comeBack(subject);
        const { items } = (await browser.ask('GET', '/v1/me/identities')).json() as { items: Identity[] };
        const answers = await Promise.all(items.map(({ id }) => browser.ask('DELETE', `/v1/me/identities/${id}`)));
        expect(answers.map((answer) => answer.statusCode).sort()).toEqual([204, 409]);
      });

      it('takes no identity from somebody else', async () => {
        const { subject } = newAccount();
        await newBrowser().comeBack(subject);
        const person = await newPerson(server);
        expectFailure(await newBrowser(person).comeBack(subject), 'identity.taken');
        const mine = newAccount();
        const browser = newBrowser(person);
        for (let n = 0; n < 2; n += 1)
          expect((await browser.comeBack(mine.subject)).headers.location).toBe(`${publicUrl}/`);
      });

      it('needs a session that began lately, and still is', async () => {
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

    describe('the way back', () => {
      it.each([
        '//evil.example',
        'https://evil.example',
        '/\\evil.example',
        '\\\\evil.example',
        '/\t/evil.example',
        'm',
        '',
      ])('never leads to %j', async (returnTo) => expectProblem(await newBrowser().begin(returnTo), 'request.invalid'));

      it('stays on the site with dots and slashes, too', async () => {
        const { subject } = newAccount();
        const back = await newBrowser().comeBack(subject, '/a/..//evil.example/@evil.example');
        expect(new URL(back.headers.location ?? '').origin).toBe(publicUrl);
      });
    });

    describe('a provider', () => {
      it('that does not answer is told apart from a wrong one', async () => {
        const answer = await newBrowser().begin('/', 'away');
        expectProblem(answer, 'server.unavailable');
        expectProblem(await newBrowser().begin('/', 'none'), 'request.not_found');
      });
    });
  });
}
