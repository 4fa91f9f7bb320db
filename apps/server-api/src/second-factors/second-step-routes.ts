import {
  CodedError,
  confirmSessionRequestSchema,
  passkeyOptionsSchema,
  passkeySignInOptionsRequestSchema,
  passkeySignInRequestSchema,
  secondFactorRequestSchema,
  signedInSchema,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { verifyPassword } from '../access/password.js';
import { auditRefusal } from '../audit/refused-sign-ins.js';
import { sessions, type UserRow, users } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import { RateLimitedError } from '../limits/limits.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';
import type { SignIns } from './sign-ins.js';

/** Sign-in with a second factor or a passkey, and confirmation of a session with them. */
export function addSecondStepRoutes(fastify: FastifyInstance, parts: ApiParts, signIns: SignIns): void {
  const { queries, limits, clock } = parts;
  const { factors, keys, challenges } = signIns;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];
  const problems = problemResponses(400, 401, 403, 409, 413, 415, 429, 503);

  routes.post(
    '/v1/sessions/second-factor',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Completes a sign-in with a code of the authenticator app, or with a recovery code',
        description: 'A sign-in accepts five attempts. Each code is valid once.',
        body: secondFactorRequestSchema,
        response: { 201: signedInSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { token, code, recoveryCode, refreshIn } = request.body;
      signIns.check(request, refreshIn);
      const { userId } = await challenges.attempt(queries, token, 'second-factor');
      const signing = queries.transaction(async (transaction) => {
        const user = await lock(transaction, userId ?? '');
        await challenges.take(transaction, token, 'second-factor');
        await factors.useCode(transaction, user.id, { code, recoveryCode });
        return signIns.complete(transaction, user, request);
      });
      const signed = await signing.catch(async (error: unknown) => {
        if (userId && error instanceof RateLimitedError) {
          await auditRefusal(queries, request, userId, 'second-factor', new Date(clock.date()));
        }
        throw error;
      });
      return reply.code(201).send(signIns.signedIn(request, reply, refreshIn, signed));
    },
  );

  routes.post(
    '/v1/sessions/passkey/options',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Returns the options for signing in with a passkey, valid for 5 minutes',
        description:
          'The browser may offer every passkey of this server. With `secondFactor` it offers those of the account that signs in; with a ' +
          'bearer token, those of its user, to confirm the session.',
        body: passkeySignInOptionsRequestSchema,
        response: { 201: passkeyOptionsSchema, ...problems },
      },
    },
    async (request, reply) => {
      await limits.count('signIn', request.ip);
      const { secondFactor } = request.body;
      const { principal } = request;
      const userId =
        secondFactor === undefined
          ? principal.type === 'user'
            ? principal.userId
            : undefined
          : (await challenges.look(queries, secondFactor, 'second-factor')).userId;
      const of = userId ? { userId, passkeys: (await factors.of(queries, userId)).passkeys } : undefined;
      return reply.code(201).send(await keys.beginSignIn(queries, of, request));
    },
  );

  routes.post(
    '/v1/sessions/passkey',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Signs in with a passkey, without a password or after it',
        description: 'The body is the answer of the authenticator to the options for signing in.',
        body: passkeySignInRequestSchema,
        response: { 201: signedInSchema, ...problems },
      },
    },
    async (request, reply) => {
      const { token, response, refreshIn } = request.body;
      signIns.check(request, refreshIn);
      await limits.count('signIn', request.ip);
      // Used up in any case: a refused answer gets no second try.
      const challenge = await challenges.take(queries, token, 'passkey-sign-in');
      const signed = await queries.transaction(async (transaction) => {
        const user = await lock(transaction, await keys.verify(transaction, { challenge, response }, request));
        return signIns.complete(transaction, user, request);
      });
      return reply.code(201).send(signIns.signedIn(request, reply, refreshIn, signed));
    },
  );

  routes.post(
    '/v1/sessions/current/confirm',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Confirms the session, as sensitive changes require',
        description:
          'Requires the password and, if the account has a second factor, a code; or a passkey alone. Counts as a sign-in for the next 10 ' +
          'minutes. An account without password and passkey signs in again.',
        body: confirmSessionRequestSchema,
        response: { 204: z.null(), ...problems },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = userOf(request);
      const { password, code, recoveryCode, passkey } = request.body;
      if (passkey) {
        const challenge = await challenges.take(queries, passkey.token, 'passkey-sign-in');
        await queries.transaction(async (transaction) => {
          const owner = await keys.verify(transaction, { challenge, response: passkey.response }, request);
          if (owner !== userId) throw new CodedError('passkey.refused');
          await confirm(transaction, sessionId);
        });
        return reply.code(204).send(null);
      }
      const [before] = await queries.select().from(users).where(eq(users.id, userId));
      if (!before) throw new CodedError('token.invalid');
      if (before.passwordHash === null) throw new CodedError('account.reauthentication_required');
      const right = await limits.attempt(request.ip, before.email);
      if (!(await verifyPassword(before.passwordHash, password ?? '', request.ip))) {
        throw new CodedError('account.wrong_password');
      }
      await right();
      await queries.transaction(async (transaction) => {
        const user = await lock(transaction, userId);
        if (user.passwordHash !== before.passwordHash) throw new CodedError('account.wrong_password');
        const { methods } = await factors.of(transaction, userId);
        if (methods.length > 0) await factors.useCode(transaction, userId, { code, recoveryCode });
        await confirm(transaction, sessionId);
      });
      return reply.code(204).send(null);
    },
  );

  async function confirm(transaction: Transaction, sessionId: string): Promise<void> {
    await transaction
      .update(sessions)
      .set({ confirmedAt: new Date(clock.date()) })
      .where(eq(sessions.id, sessionId));
  }
}

async function lock(transaction: Transaction, userId: string): Promise<UserRow> {
  const [user] = await transaction.select().from(users).where(eq(users.id, userId)).for('no key update');
  if (!user) throw new CodedError('token.invalid');
  return user;
}
