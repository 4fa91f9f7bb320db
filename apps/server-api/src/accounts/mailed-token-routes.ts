import {
  CodedError,
  confirmEmailRequestSchema,
  requestPasswordResetRequestSchema,
  resetPasswordRequestSchema,
} from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { hashPassword } from '../access/password.js';
import { checkAccountPassword } from '../access/weak-passwords.js';
import { actorWithProof } from '../audit/audit-log.js';
import { users } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import { languageOf } from '../mail/language.js';
import { mailConfigured } from '../mail/mail-queue.js';
import type { ApiParts } from '../parts.js';
import { BackgroundWork } from './background-work.js';
import { endCredentials, lockOwnedMeetings, notifyEnded } from './endings.js';
import type { MailedTokens } from './mailed-tokens.js';

/** Routes that use a secret from a mail. */
export function addMailedTokenRoutes(fastify: FastifyInstance, parts: ApiParts, mailedTokens: MailedTokens): void {
  const { queries, limits, clock } = parts;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];
  const noContent = z.null();
  /** Optional, so that a client may send no body: a null would be a body. */
  const noBody = z.null().optional();
  const resets = new BackgroundWork(parts, 'a password reset could not be sent');

  routes.post(
    '/v1/email-verifications',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Sends a mail that verifies the address of the account',
        description: 'Sends nothing if the address is already verified.',
        response: { 202: noBody, ...problemResponses(401, 403, 409, 429) },
      },
    },
    async (request, reply) => {
      const { userId } = userOf(request);
      await limits.count('account', request.ip);
      if (!mailConfigured(parts)) throw new CodedError('mail.not_configured');
      await limits.count('mailByAddress', request.ip);
      await queries.transaction(async (transaction) => {
        const [user] = await transaction.select().from(users).where(eq(users.id, userId)).for('no key update');
        if (!user || user.emailVerifiedAt) return;
        const sent = await mailedTokens.sendVerification(transaction, user, languageOf(request));
        if (!sent) throw new CodedError('limit.reached');
      });
      return reply.code(202).send(undefined);
    },
  );

  routes.post(
    '/v1/email-verifications/confirm',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Verifies the address of the account with the mailed token',
        description:
          'Requires the session of the account: a click on the link alone does not verify an address for an account that its owner did not create.',
        body: confirmEmailRequestSchema,
        response: { 204: noContent, ...problemResponses(400, 401, 403, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const { userId: asker } = userOf(request);
      await queries.transaction(async (transaction) => {
        const userId = await mailedTokens.use(transaction, request.body.token, 'verify-email');
        if (userId !== asker) throw new CodedError('account.other_account');
        await transaction
          .update(users)
          .set({ emailVerifiedAt: new Date(clock.date()) })
          .where(and(eq(users.id, userId), isNull(users.emailVerifiedAt)));
        await mailedTokens.revoke(transaction, userId, 'verify-email');
      });
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/password-resets',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Sends a mail for setting a new password',
        description: 'The answer does not depend on whether an account has this address.',
        body: requestPasswordResetRequestSchema,
        response: { 202: noBody, ...problemResponses(400, 401, 409, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      await limits.count('account', request.ip);
      if (!mailConfigured(parts)) throw new CodedError('mail.not_configured');
      await limits.count('mailByAddress', request.ip);
      const { email } = request.body;
      // After the answer, so that its time reveals nothing either.
      resets.add(async () => {
        await queries.transaction(async (transaction) => {
          const [user] = await transaction.select().from(users).where(eq(users.email, email)).for('no key update');
          if (user) await mailedTokens.sendReset(transaction, user, languageOf(request));
        });
      });
      return reply.code(202).send(undefined);
    },
  );

  routes.post(
    '/v1/password-resets/confirm',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Sets a new password with the mailed token, and ends all earlier credentials',
        description:
          'Sessions, API keys, webhooks, linked identities, mailed tokens, host tokens of meetings that the API keys created, and places ' +
          'in calls end: another person may have had access to the account.',
        body: resetPasswordRequestSchema,
        response: { 204: noContent, ...problemResponses(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { token, newPassword } = request.body;
      // First, so that wrong tokens cause no computation of a hash.
      const owner = await mailedTokens.check(queries, token, 'reset-password');
      const [account] = await queries.select().from(users).where(eq(users.id, owner));
      if (!account) throw new CodedError('token.invalid');
      // The token stays valid after a refusal.
      checkAccountPassword(newPassword, account);
      const passwordHash = await hashPassword(newPassword, request.ip);
      const ended = await queries.transaction(async (transaction) => {
        await lockOwnedMeetings(transaction, owner);
        const userId = await mailedTokens.use(transaction, token, 'reset-password');
        const [user] = await transaction.update(users).set({ passwordHash }).where(eq(users.id, userId)).returning();
        if (!user) throw new CodedError('token.invalid');
        if (!user.emailVerifiedAt) {
          const emailVerifiedAt = new Date(clock.date());
          await transaction.update(users).set({ emailVerifiedAt }).where(eq(users.id, userId));
        }
        const verified = user.emailVerifiedAt !== null;
        const by = { actor: actorWithProof(userId, request), at: new Date(clock.date()) };
        return endCredentials(transaction, verified ? 'password-reset' : 'first-password-reset', userId, by);
      });
      // The reader of the account's mail is a known device, however many others guess its password.
      await parts.devices.of(request, reply).remember(account.email, passwordHash);
      await notifyEnded(parts, ended);
      return reply.code(204).send(null);
    },
  );
}
