import { randomUUID } from 'node:crypto';
import type { Clock } from '@waterbus/cluster';
import {
  CodedError,
  completeSignInRequestSchema,
  type ErrorCode,
  identityProvidersSchema,
  secondFactorRequiredSchema,
  signedInSchema,
  startSignInRequestSchema,
  startSignInResponseSchema,
} from '@waterbus/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { requireRecentSignIn } from '../access/recent-sign-in.js';
import { problemResponses } from '../http/problem-responses.js';
import { known, type Language, languageOf } from '../mail/language.js';
import type { ApiParts } from '../parts.js';
import { SignIns } from '../second-factors/sign-ins.js';
import { type IdentityProviderSettings, IdentityProviders } from './identity-providers.js';
import { addIdentityRoutes } from './identity-routes.js';
import { type BegunSignIn, SignInCookies, signInId } from './sign-in-cookies.js';
import { linkIdentity, lockUser, userIdOfIdentity, userOfIdentity } from './sign-in-user.js';

/**
 * Sign-in through OpenID Connect: authorization code flow with PKCE (OpenID Connect Core section
 * 3.1, RFC 9700). The page requests the provider's address, the provider sends the browser back
 * here, and the page takes the session with a cookie that only this exchange sets.
 */
export async function addOidcRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  { identityProviders }: { identityProviders?: IdentityProviderSettings[] },
): Promise<void> {
  const providers = new IdentityProviders({ ...parts.options, identityProviders }, parts.clock);
  const cookies = new SignInCookies(parts.options.secret, parts.clock, providers.origin.startsWith('https:'));
  addIdentityRoutes(fastify, parts, providers);
  addSignInRoutes(fastify, parts, providers, cookies);
  addCallbackRoute(fastify, parts, providers, cookies);
}

function addSignInRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  providers: IdentityProviders,
  cookies: SignInCookies,
): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const signIns = new SignIns(parts);

  routes.get(
    '/v1/identity-providers',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Lists the identity providers for signing in',
        description: 'Empty without single sign-on.',
        response: { 200: identityProvidersSchema, ...problemResponses(401, 429) },
      },
    },
    async () => ({ items: providers.list() }),
  );

  routes.post(
    '/v1/identity-providers/:id/sign-in',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Starts a sign-in and returns the address of the identity provider',
        description:
          "The provider redirects the browser to `returnTo`. The query holds `sign-in-error` after a failure, otherwise `sign-in`: send it to `POST /v1/identity-providers/sign-in/complete` within a minute. A browser may have 5 pending sign-ins. With a user's bearer token, whose session must be at most 10 minutes old, the identity becomes another way to sign in to that account.",
        params: z.object({ id: z.string() }),
        body: startSignInRequestSchema,
        response: { 200: startSignInResponseSchema, ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const linkTo = sessionToLink(request, parts.clock);
      const { authorizationUrl, checks } = await providers.begin(request.params.id);
      const { returnTo } = request.body;
      const language = languageOf(request);
      const begun = { provider: request.params.id, ...checks, returnTo, linkTo, ...(language && { language }) };
      await cookies.set(request, reply, 'begun', signInId(checks.state), begun);
      return { authorizationUrl };
    },
  );

  routes.post(
    '/v1/identity-providers/sign-in/complete',
    {
      config: { access: { by: 'handler' } },
      schema: {
        tags,
        summary: 'Returns the session after a sign-in through an identity provider, once',
        description: 'Requires the cookie that the redirect set. 202: the account also requires a second factor.',
        body: completeSignInRequestSchema,
        response: {
          201: signedInSchema,
          202: secondFactorRequiredSchema,
          ...problemResponses(400, 401, 403, 413, 415, 429),
        },
      },
    },
    async (request, reply) => {
      const { signIn, refreshIn } = request.body;
      signIns.check(request, refreshIn);
      const finished = await cookies.read(request, 'finished', signIn);
      cookies.clear(reply, 'finished', signIn);
      const failed = new CodedError('account.sign_in_failed', 'Begin again');
      if (!finished) throw failed;
      if (!(await parts.cluster.tokens.use(`sign-in:${finished.id}`, finished.expiresAt))) throw failed;
      const signed = await parts.queries.transaction(async (transaction) => {
        const user = await lockUser(transaction, finished.userId);
        // The identity may have been removed from the account since, with all earlier credentials.
        if (!user || (await userIdOfIdentity(transaction, finished)) !== user.id) throw failed;
        return signIns.firstFactor(transaction, user, request);
      });
      if ('secondFactor' in signed) return reply.code(202).send(signed);
      return reply.code(201).send(signIns.signedIn(request, reply, refreshIn, signed));
    },
  );
}

function addCallbackRoute(
  fastify: FastifyInstance,
  parts: ApiParts,
  providers: IdentityProviders,
  cookies: SignInCookies,
): void {
  fastify.withTypeProvider<ZodTypeProvider>().get(
    '/v1/identity-providers/:id/callback',
    {
      config: { access: { by: 'anyone' } },
      // A HEAD request is not a sign-in.
      exposeHeadRoute: false,
      // The query contains the code: the log gets the path alone.
      logSerializers: { req: withoutQuery },
      schema: {
        tags,
        summary: 'Receives the redirect of an identity provider',
        description:
          'For browsers only: it redirects to the page of the web app that finishes the sign-in, or shows why it failed.',
        params: z.object({ id: z.string() }),
        response: { 303: z.null(), ...problemResponses(401, 404, 429) },
      },
    },
    async (request, reply) => {
      if (!providers.knows(request.params.id)) throw new CodedError('request.not_found');
      const query = request.url.split('?').slice(1).join('?');
      const state = new URLSearchParams(query).get('state') ?? '';
      const signIn = signInId(state);
      const begun = await cookies.read(request, 'begun', signIn);
      const url = new URL(begun?.returnTo ?? '/', providers.origin);
      try {
        const { provider, expiresAt, linkTo } = begun ?? {};
        if (!begun || provider !== request.params.id || begun.state !== state) {
          throw new CodedError('account.sign_in_failed', 'The answer belongs to no sign-in of this browser');
        }
        cookies.clear(reply, 'begun', signIn);
        if (!(await parts.cluster.tokens.use(`sign-in:${state}`, expiresAt ?? 0))) {
          throw new CodedError('account.sign_in_failed', 'The answer came before');
        }
        const claims = await providers.finish(request.params.id, query, begun);
        if (linkTo) await linkIdentity(parts, claims, linkTo, request.ip);
        const userId =
          linkTo?.userId ?? (await userOfIdentity(parts, claims, request.ip, languageOfPage(begun, request)));
        await cookies.set(request, reply, 'finished', signIn, {
          userId,
          id: randomUUID(),
          issuer: claims.issuer,
          subject: claims.subject,
        });
        url.searchParams.set('sign-in', signIn);
      } catch (error) {
        url.searchParams.set('sign-in-error', failureOf(request, error));
      }
      // `returnTo` was checked on arrival and came back encrypted; this check guards against a
      // later relaxation.
      if (url.origin !== providers.origin) throw new Error('A way back leads to another site');
      return reply.code(303).header('location', url.href).send(null);
    },
  );
}

/** The return is a navigation, which names the browser's language instead of the page's. */
function languageOfPage(begun: BegunSignIn, request: FastifyRequest): Language | undefined {
  return known(begun.language) ?? languageOf(request);
}

/** The session whose user gets the identity. Rejects with `account.reauthentication_required`. */
function sessionToLink(request: FastifyRequest, clock: Clock) {
  const { principal } = request;
  if (principal.type !== 'user') return undefined;
  requireRecentSignIn(request.principal, clock);
  return { userId: principal.userId, sessionId: principal.sessionId };
}

/** The code is for the page; the rest is for the log. */
function failureOf(request: FastifyRequest, error: unknown): ErrorCode {
  if (!(error instanceof CodedError)) {
    request.log.error({ err: error }, 'a sign-in failed');
    return 'server.internal';
  }
  request.log.info({ code: error.code, reason: error.detail }, 'a sign-in failed');
  return error.code;
}

function withoutQuery(request: FastifyRequest) {
  return {
    method: request.method,
    url: request.url.split('?')[0],
    host: request.host,
    remoteAddress: request.ip,
    remotePort: request.socket?.remotePort,
  };
}

const tags = ['accounts'];
