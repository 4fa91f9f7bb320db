import { Readable } from 'node:stream';
import {
  accountExportSchema,
  CodedError,
  changePasswordRequestSchema,
  deleteAccountRequestSchema,
  updateProfileRequestSchema,
  userSchema,
} from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { hashPassword, verifyPassword } from '../access/password.js';
import { requireRecentSignIn } from '../access/recent-sign-in.js';
import { checkAccountPassword } from '../access/weak-passwords.js';
import { actorOf, audit } from '../audit/audit-log.js';
import { type UserRow, users } from '../database/schema.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { shownUser } from '../sessions/shown-user.js';
import type { ObjectStorage } from '../storage/object-storage.js';
import { deleteAccount } from './delete-account.js';
import { endCredentials, notifyEnded } from './endings.js';
import { exportAccount } from './export-account.js';

/** Routes with which people read and change their own accounts. */
export function addProfileRoutes(fastify: FastifyInstance, parts: ApiParts, avatars: ObjectStorage): void {
  const { queries, limits, clock } = parts;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['accounts'];
  const noContent = z.null();

  routes.get(
    '/v1/me',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Returns the account of the request',
        description:
          'For the access token of a user; `administrator` is true for those that the setting `ADMINS` names.',
        response: { 200: userSchema, ...problemResponses(401, 403, 429) },
      },
    },
    async (request) => shownUser(await ownRow(request), parts),
  );

  routes.patch(
    '/v1/me',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Changes the profile',
        description: 'Fields that are left out stay.',
        body: updateProfileRequestSchema,
        response: { 200: userSchema, ...problemResponses(400, 401, 403, 413, 415, 429) },
      },
    },
    async (request) => {
      const { name, language } = request.body;
      if (name === undefined && language === undefined) return shownUser(await ownRow(request), parts);
      const { userId } = userOf(request);
      const [row] = await queries.update(users).set({ name, language }).where(eq(users.id, userId)).returning();
      return shownUser(found(row), parts);
    },
  );

  routes.put(
    '/v1/me/password',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Changes the password and ends all other sessions',
        description: 'An account without a password needs a session with a sign-in within the last 10 minutes.',
        body: changePasswordRequestSchema,
        response: { 204: noContent, ...problemResponses(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = userOf(request);
      const { currentPassword, newPassword } = request.body;
      const before = await proven(request, currentPassword);
      checkAccountPassword(newPassword, before);
      const passwordHash = await hashPassword(newPassword, request.ip);
      const ended = await queries.transaction(async (transaction) => {
        const unchanged =
          before.passwordHash === null ? isNull(users.passwordHash) : eq(users.passwordHash, before.passwordHash);
        const changed = await transaction
          .update(users)
          .set({ passwordHash })
          .where(and(eq(users.id, userId), unchanged))
          .returning({ id: users.id });
        // The password changed since: the proven one is outdated.
        if (changed.length === 0) throw new CodedError('account.wrong_password');
        const by = { actor: actorOf(request), at: new Date(clock.date()) };
        return endCredentials(transaction, 'password-change', userId, by, sessionId);
      });
      await notifyEnded(parts, ended);
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/me/export',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Exports all stored data of the account',
        description:
          'One JSON object, streamed from the database. It contains no secrets: the server stores passwords, keys and tokens as hashes only.',
        response: { 200: accountExportSchema, ...problemResponses(401, 403, 429) },
      },
    },
    async (request, reply) => {
      const { userId } = userOf(request);
      await limits.count('account', request.ip);
      const now = new Date(clock.date());
      await audit(queries, actorOf(request), now, { action: 'account.exported', userId });
      const text = Readable.from(exportAccount(queries, userId, now));
      return reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', 'attachment; filename="waterbus-account.json"')
        .header('cache-control', 'no-store')
        .send(text as never);
    },
  );

  routes.delete(
    '/v1/me',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Deletes the account',
        description:
          'The meetings that it hosts go to the earliest moderator, otherwise to the earliest member; without either they are deleted. ' +
          'Messages stay, without the name. An account without a password needs a session with a sign-in within the last 10 minutes.',
        body: deleteAccountRequestSchema,
        response: { 204: noContent, ...problemResponses(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const user = await proven(request, request.body.password);
      await deleteAccount(parts, user, avatars, { by: { kind: 'user', id: null, network: null } });
      return reply.code(204).send(null);
    },
  );

  async function ownRow(request: FastifyRequest): Promise<UserRow> {
    const [row] = await queries
      .select()
      .from(users)
      .where(eq(users.id, userOf(request).userId));
    return found(row);
  }

  /** Proves that the request is not from a person who found the session open. */
  async function proven(request: FastifyRequest, password: string | undefined): Promise<UserRow> {
    const user = await ownRow(request);
    if (user.passwordHash === null) {
      requireRecentSignIn(request.principal, clock);
      return user;
    }
    // Counted by session: other devices that guess the password cannot block its change.
    const right = await limits.attempt(request.ip, user.email, `session ${userOf(request).sessionId}`);
    if (!(await verifyPassword(user.passwordHash, password ?? '', request.ip)))
      throw new CodedError('account.wrong_password');
    await right();
    return user;
  }
}

/** Undefined: the account was deleted a moment ago, and the session with it. */
function found(row: UserRow | undefined): UserRow {
  if (!row) throw new CodedError('token.invalid');
  return row;
}
