import {
  CodedError,
  logInRequestSchema,
  registerRequestSchema,
  secondFactorRequiredSchema,
  signedInSchema,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { hashPassword, verifyPassword } from '../access/password.js';
import { checkAccountPassword } from '../access/weak-passwords.js';
import { auditRefusal } from '../audit/refused-sign-ins.js';
import { users } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import { RateLimitedError } from '../limits/limits.js';
import { languageOf } from '../mail/language.js';
import { mailConfigured } from '../mail/mail-queue.js';
import { checkRegistration } from '../offer/opening.js';
import type { ApiParts } from '../parts.js';
import type { SignIns } from '../second-factors/sign-ins.js';
import { BackgroundWork } from './background-work.js';
import type { MailedTokens } from './mailed-tokens.js';

/** Creating an account, and signing in with its password. */
export function addRegistrationRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  signIns: SignIns,
  mailedTokens: MailedTokens,
): void {
  const { queries, limits, clock, devices } = parts;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];
  const refusals = new BackgroundWork(parts, 'a refused sign-in could not be written to the audit log');

  routes.post(
    '/v1/accounts',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Creates an account and signs in',
        description:
          'If the server sends mail, it sends one that verifies the address. `account.registration_closed`: see `GET /v1/server`; ' +
          'with `invited`, registration requires the `invitationToken` of a mailed invitation or an invite link.',
        body: registerRequestSchema,
        response: { 201: signedInSchema, ...problemResponses(400, 401, 403, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { email, password, name, refreshIn, invitationToken } = request.body;
      signIns.check(request, refreshIn);
      await limits.count('account', request.ip);
      await checkRegistration(parts, queries, { by: 'password', invitationToken });
      checkAccountPassword(password, { email, name });
      const mailed = mailConfigured(parts) && (await limits.allows('mailByAddress', request.ip));
      const passwordHash = await hashPassword(password, request.ip);
      const signed = await queries.transaction(async (transaction) => {
        const [user] = await transaction
          .insert(users)
          .values({
            email,
            name,
            passwordHash,
            language: languageOf(request) ?? null,
            createdAt: new Date(clock.date()),
          })
          .onConflictDoNothing({ target: users.email })
          .returning();
        if (!user) throw new CodedError('account.email_taken');
        // Over the limit the account is created without a mail; the user can request one later.
        if (mailed) await mailedTokens.sendVerification(transaction, user);
        return signIns.complete(transaction, user, request);
      });
      await devices.of(request, reply).remember(email, passwordHash);
      return reply.code(201).send(signIns.signedIn(request, reply, refreshIn, signed));
    },
  );

  routes.post(
    '/v1/sessions',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Signs in',
        description:
          '202: the account has a second factor; continue with `POST /v1/sessions/second-factor` or `POST /v1/sessions/passkey`.',
        body: logInRequestSchema,
        response: {
          201: signedInSchema,
          202: secondFactorRequiredSchema,
          ...problemResponses(400, 401, 403, 413, 415, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { email, password, refreshIn } = request.body;
      signIns.check(request, refreshIn);
      await limits.count('signIn', request.ip);
      const [found] = await queries.select().from(users).where(eq(users.email, email));
      const device = devices.of(request, reply);
      const attempt = limits.attempt(request.ip, email, await device.knows(email, found?.passwordHash));
      const right = await attempt.catch((error: unknown) => {
        // After the answer, whose time would reveal whether the account exists.
        if (found && error instanceof RateLimitedError) {
          refusals.add(() => auditRefusal(queries, request, found.id, 'password', new Date(clock.date())));
        }
        throw error;
      });
      // An absent account, or one without a password, costs the same time and gets the same answer.
      if (!(await verifyPassword(found?.passwordHash ?? undefined, password, request.ip)) || !found) {
        throw new CodedError('account.wrong_credentials');
      }
      await right();
      if (found.passwordHash) await device.remember(email, found.passwordHash);
      const signed = await queries.transaction(async (transaction) => {
        // The lock waits for a change of the password, which ends sessions: no session may begin
        // with the old password after it.
        const [user] = await transaction.select().from(users).where(eq(users.id, found.id)).for('no key update');
        if (user?.passwordHash !== found.passwordHash || !user) throw new CodedError('account.wrong_credentials');
        return signIns.firstFactor(transaction, user, request);
      });
      if ('secondFactor' in signed) return reply.code(202).send(signed);
      return reply.code(201).send(signIns.signedIn(request, reply, refreshIn, signed));
    },
  );
}
