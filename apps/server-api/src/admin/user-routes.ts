import {
  CodedError,
  disableUserRequestSchema,
  type ListedUser,
  listedUserSchema,
  listedUsersPageSchema,
  type UsersQuery,
  usersQuerySchema,
} from '@waterbus/protocol';
import { and, desc, eq, ilike, or, type SQL, sql } from 'drizzle-orm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { userOf } from '../access/guard.js';
import { stillCounts } from '../access/still-counts.js';
import { deleteAccount } from '../accounts/delete-account.js';
import { type Ended, type EndedBy, endCredentials, notifyEnded } from '../accounts/endings.js';
import { administratorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type UserRow, users } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import type { ObjectStorage } from '../storage/object-storage.js';

/** The accounts of the server. */
export function addUserRoutes(fastify: FastifyInstance, parts: ApiParts, avatars: ObjectStorage): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'administrator' } } as const;
  const tags = ['administration'];

  routes.get(
    '/v1/admin/users',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the accounts, newest first',
        description: '`search` finds a part of the name or address, in any case.',
        querystring: usersQuerySchema,
        response: { 200: listedUsersPageSchema, ...problemResponses(400, 401, 404, 429) },
      },
    },
    async ({ query }) => {
      const rows = await listed(parts, query);
      const position = (user: ListedRow) => ({ at: user.createdAt, id: user.id });
      return pageOfRows(rows, query.limit, position, (user) => shownUser(user, parts));
    },
  );

  routes.delete(
    '/v1/admin/users/:id/sessions',
    {
      config,
      schema: {
        tags,
        summary: 'Ends all sessions of an account and its places in calls',
        description: 'As `DELETE /v1/sessions` of the user. API keys, webhooks and linked identities stay.',
        params: z.object({ id: z.uuid() }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 415, 429) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const by = { actor: administratorOf(request), at: new Date(parts.clock.date()) };
      const ended = await parts.queries.transaction(async (transaction) => {
        const [user] = await transaction.select({ id: users.id }).from(users).where(eq(users.id, id)).for('key share');
        if (!user) throw new CodedError('user.not_found');
        return endCredentials(transaction, 'sign-out-everywhere', id, by);
      });
      await notifyEnded(parts, ended);
      return reply.code(204).send(null);
    },
  );

  routes.patch(
    '/v1/admin/users/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Disables an account, or enables it again',
        description:
          'Disabling ends all sessions and places in calls. Sign-ins answer `account.disabled`, and API keys are refused, until the account ' +
          'is enabled. Its meetings and webhooks stay. Administrators cannot disable their own account: `user.own`.',
        params: z.object({ id: z.uuid() }),
        body: disableUserRequestSchema,
        response: { 200: listedUserSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    async (request) => {
      const { id } = request.params;
      if (request.body.disabled && id === userOf(request).userId) throw new CodedError('user.own');
      const by = { actor: administratorOf(request), at: new Date(parts.clock.date()) };
      const change = request.body.disabled ? disable : enable;
      const { user, ended } = await parts.queries.transaction(async (transaction) => {
        await inTurn(transaction, request);
        return change(transaction, id, by);
      });
      if (ended) await notifyEnded(parts, ended);
      return shownUser(user, parts);
    },
  );

  routes.delete(
    '/v1/admin/users/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Deletes an account',
        description:
          'As `DELETE /v1/me` of the user: the meetings that it hosts go to the earliest moderator, otherwise to the earliest member; without ' +
          'either they are deleted. Messages stay, without the name. Administrators cannot delete their own account here: `user.own`.',
        params: z.object({ id: z.uuid() }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 409, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (id === userOf(request).userId) throw new CodedError('user.own');
      const [user] = await parts.queries.select().from(users).where(eq(users.id, id));
      if (!user) throw new CodedError('user.not_found');
      const first = (transaction: Queries) => inTurn(transaction, request);
      await deleteAccount(parts, user, avatars, { by: administratorOf(request), first });
      return reply.code(204).send(null);
    },
  );
}

/** One after the other: of two administrators that disable or delete each other, one stays. */
async function inTurn(transaction: Queries, { principal }: FastifyRequest): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended('disabled users', 0))`);
  await stillCounts(transaction, principal);
}

interface Changed {
  user: ListedRow;
  ended?: Ended;
}

/** The lock waits for requests that issue credentials to the account, and excludes further ones. */
async function disable(transaction: Queries, id: string, by: EndedBy): Promise<Changed> {
  const user = await locked(transaction, id);
  if (user.disabledAt !== null) return { user };
  await transaction.update(users).set({ disabledAt: by.at }).where(eq(users.id, id));
  const ended = await endCredentials(transaction, 'account-disabled', id, by);
  return { user: { ...user, disabledAt: by.at }, ended };
}

async function enable(transaction: Queries, id: string, { actor, at }: EndedBy): Promise<Changed> {
  const user = await locked(transaction, id);
  if (user.disabledAt === null) return { user };
  await transaction.update(users).set({ disabledAt: null }).where(eq(users.id, id));
  await audit(transaction, actor, at, { action: 'account.enabled', userId: id });
  return { user: { ...user, disabledAt: null } };
}

/** Rejects with `user.not_found`. */
async function locked(transaction: Queries, id: string): Promise<ListedRow> {
  const [user] = await transaction.select(shown).from(users).where(eq(users.id, id)).for('update');
  if (!user) throw new CodedError('user.not_found');
  return user;
}

function shownUser(user: ListedRow, { administrators }: ApiParts): ListedUser {
  return {
    ...{ id: user.id, email: user.email, name: user.name, emailVerified: user.emailVerifiedAt !== null },
    administrator: administrators.include(user),
    disabledAt: user.disabledAt?.toISOString() ?? null,
    createdAt: user.createdAt.toISOString(),
  };
}

async function listed({ queries }: ApiParts, { search, cursor, limit }: UsersQuery): Promise<ListedRow[]> {
  const columns = { at: users.createdAt, id: users.id };
  return queries
    .select(shown)
    .from(users)
    .where(and(search === undefined ? undefined : contains(search), beyond(cursor, columns, 'descending')))
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(limit + 1);
}

/** No secret is read. */
const shown = {
  id: users.id,
  email: users.email,
  emailVerifiedAt: users.emailVerifiedAt,
  name: users.name,
  disabledAt: users.disabledAt,
  createdAt: users.createdAt,
};
type ListedRow = Pick<UserRow, keyof typeof shown>;

/** Reads accounts until the page is full: no index serves parts of words. */
function contains(search: string): SQL | undefined {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  return or(ilike(users.email, pattern), ilike(users.name, pattern));
}
