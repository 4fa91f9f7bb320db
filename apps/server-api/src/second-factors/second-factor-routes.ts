import {
  addedPasskeySchema,
  addPasskeyRequestSchema,
  CodedError,
  confirmedTotpSchema,
  confirmTotpRequestSchema,
  newTotpSchema,
  type Passkey,
  passkeyOptionsSchema,
  passkeySchema,
  recoveryCodesSchema,
  renamePasskeyRequestSchema,
  secondFactorsSchema,
} from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { requireRecentSignIn } from '../access/recent-sign-in.js';
import { checkVerified } from '../access/verified.js';
import { type AuditEvent, actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { identities, type PasskeyRow, passkeys, totps, type UserRow, users } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import type { Transaction } from '../sessions/sessions.js';
import { replaceRecoveryCodes } from './recovery-codes.js';
import type { SignIns } from './sign-ins.js';

/**
 * Routes with which people read and change the second factors of their accounts. Every change
 * requires a recent sign-in.
 */
export function addSecondFactorRoutes(fastify: FastifyInstance, parts: ApiParts, signIns: SignIns): void {
  const { queries, clock } = parts;
  const { factors, keys, challenges } = signIns;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];
  const noContent = z.null();
  const id = z.object({ id: z.string().min(1).max(2048) });

  routes.get(
    '/v1/me/second-factors',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary:
          'Returns the second factors: authenticator app, passkeys (20 at most), number of unused recovery codes',
        description: 'No secret is returned.',
        response: { 200: secondFactorsSchema, ...problemResponses(401, 403, 429) },
      },
    },
    async (request) => {
      const found = await factors.of(queries, userOf(request).userId);
      return {
        totp: found.totp,
        passkeys: found.passkeys.map(shownPasskey),
        recoveryCodesLeft: found.recoveryCodesLeft,
        passkeysPossible: keys.possible(request),
      };
    },
  );

  routes.post(
    '/v1/me/totp',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Starts the setup of an authenticator app (RFC 6238)',
        description:
          'It becomes active when `POST /v1/me/totp/confirm` receives one of its codes. If the server sends mail, the address must be verified.',
        response: { 201: newTotpSchema, ...problemResponses(401, 403, 409, 429) },
      },
    },
    async (request, reply) => {
      const begun = await change(request, async (transaction, user) => {
        // Otherwise a person who registers another's address could lock its owner out, although the
        // owner can set a password by mail.
        await checkVerified(parts, transaction, user.id);
        return factors.totps.begin(transaction, user);
      });
      return reply.code(201).send(begun);
    },
  );

  routes.post(
    '/v1/me/totp/confirm',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Activates an authenticator app',
        description:
          'The code proves that the app has the secret. The first second factor also creates recovery codes.',
        body: confirmTotpRequestSchema,
        response: { 200: confirmedTotpSchema, ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request) =>
      change(request, async (transaction, user) => {
        await factors.totps.confirm(transaction, user.id, request.body.code);
        await note(request, transaction, { action: 'totp.added', userId: user.id });
        return { recoveryCodes: await factors.firstCodes(transaction, user.id) };
      }),
  );

  routes.delete(
    '/v1/me/totp',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Removes the authenticator app',
        description: 'It needs a sign-in within the last 10 minutes.',
        response: { 204: noContent, ...problemResponses(401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      await change(request, async (transaction, user) => {
        const removed = await transaction.delete(totps).where(eq(totps.userId, user.id)).returning();
        if (removed.length === 0) throw new CodedError('second_factor.not_found');
        await factors.forgetIdleCodes(transaction, user.id);
        // An unconfirmed app was never added.
        if (removed[0]?.confirmedAt) await note(request, transaction, { action: 'totp.removed', userId: user.id });
      });
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/me/recovery-codes',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Creates recovery codes and invalidates earlier ones',
        description: 'They are returned once; each signs in once. It needs a sign-in within the last 10 minutes.',
        response: { 201: recoveryCodesSchema, ...problemResponses(401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const codes = await change(request, async (transaction, user) => {
        const { totp, passkeys: present } = await factors.of(transaction, user.id);
        if (!totp && present.length === 0) throw new CodedError('second_factor.not_found');
        await note(request, transaction, { action: 'recovery-codes.replaced', userId: user.id });
        return replaceRecoveryCodes(transaction, user.id);
      });
      return reply.code(201).send({ recoveryCodes: codes });
    },
  );

  routes.post(
    '/v1/me/passkeys/options',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Returns the options for creating a passkey, valid for 5 minutes',
        description: 'They are the argument of `navigator.credentials.create` (W3C WebAuthn).',
        response: { 201: passkeyOptionsSchema, ...problemResponses(401, 403, 409, 429) },
      },
    },
    async (request, reply) => {
      const begun = await change(request, async (transaction, user) => {
        // Otherwise a person who registers another's address could lock its owner out, although the
        // owner can set a password by mail.
        await checkVerified(parts, transaction, user.id);
        const { passkeys: present } = await factors.of(transaction, user.id);
        return keys.beginRegistration(transaction, user, present, request);
      });
      return reply.code(201).send(begun);
    },
  );

  routes.post(
    '/v1/me/passkeys',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Adds a passkey',
        description:
          'The body is the answer of the authenticator to the options. It needs a sign-in within the last 10 minutes.',
        body: addPasskeyRequestSchema,
        response: { 201: addedPasskeySchema, ...problemResponses(400, 401, 403, 409, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const { token, name, response } = request.body;
      requireRecentSignIn(request.principal, clock);
      // Used up in any case: a refused answer gets no second try.
      const challenge = await challenges.take(queries, token, 'passkey-registration');
      const added = await change(request, async (transaction, user) => {
        const row = await keys.register(transaction, user, { challenge, name, response }, request);
        await note(request, transaction, { action: 'passkey.added', userId: user.id, target: row.id });
        return { passkey: shownPasskey(row), recoveryCodes: await factors.firstCodes(transaction, user.id) };
      });
      return reply.code(201).send(added);
    },
  );

  routes.patch(
    '/v1/me/passkeys/:id',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Renames a passkey',
        description: 'The name is only for the user, to distinguish passkeys.',
        params: id,
        body: renamePasskeyRequestSchema,
        response: { 200: passkeySchema, ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request) => {
      const [row] = await queries
        .update(passkeys)
        .set({ name: request.body.name })
        .where(and(eq(passkeys.id, request.params.id), eq(passkeys.userId, userOf(request).userId)))
        .returning();
      if (!row) throw new CodedError('passkey.not_found');
      return shownPasskey(row);
    },
  );

  routes.delete(
    '/v1/me/passkeys/:id',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Removes a passkey',
        description: 'Refused for the last way to sign in: set a password first, or link an identity.',
        params: id,
        response: { 204: noContent, ...problemResponses(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      await change(request, async (transaction, user) => {
        const { passkeys: present } = await factors.of(transaction, user.id);
        if (!present.some((one) => one.id === request.params.id)) throw new CodedError('passkey.not_found');
        const others = present.length > 1 || user.passwordHash !== null;
        if (!others && (await transaction.$count(identities, eq(identities.userId, user.id))) === 0) {
          throw new CodedError('identity.last');
        }
        await transaction.delete(passkeys).where(eq(passkeys.id, request.params.id));
        await factors.forgetIdleCodes(transaction, user.id);
        await note(request, transaction, { action: 'passkey.removed', userId: user.id, target: request.params.id });
      });
      return reply.code(204).send(null);
    },
  );

  async function note(request: FastifyRequest, transaction: Transaction, event: AuditEvent): Promise<void> {
    await audit(transaction, actorOf(request), new Date(clock.date()), event);
  }

  /** In one transaction with the user's row locked, so that concurrent changes see each other. */
  async function change<T>(
    request: FastifyRequest,
    work: (transaction: Queries & Transaction, user: UserRow) => Promise<T>,
  ): Promise<T> {
    requireRecentSignIn(request.principal, clock);
    return queries.transaction(async (transaction) => {
      const [user] = await transaction
        .select()
        .from(users)
        .where(eq(users.id, userOf(request).userId))
        .for('no key update');
      if (!user) throw new CodedError('token.invalid');
      return work(transaction, user);
    });
  }
}

function shownPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    name: row.name,
    backedUp: row.backedUp,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
