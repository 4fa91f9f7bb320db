import { CodedError, listedUsersPageSchema, type UsersQuery, usersQuerySchema } from '@waterbus/protocol';
import { and, desc, eq, ilike, or, type SQL } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { endCredentials, notifyEnded } from '../accounts/endings.js';
import { administratorOf } from '../audit/audit-log.js';
import { type UserRow, users } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';

/** The accounts of the server. */
export function addUserRoutes(fastify: FastifyInstance, parts: ApiParts): void {
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
        querystring: usersQuerySchema,
        response: { 200: listedUsersPageSchema, ...problemResponses(400, 401, 404, 429) },
      },
    },
    async ({ query }) => {
      const rows = await listed(parts, query);
      const position = (user: ListedRow) => ({ at: user.createdAt, id: user.id });
      return pageOfRows(rows, query.limit, position, (user) => ({
        ...{ id: user.id, email: user.email, name: user.name, emailVerified: user.emailVerifiedAt !== null },
        administrator: parts.administrators.include(user),
        createdAt: user.createdAt.toISOString(),
      }));
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
  createdAt: users.createdAt,
};
type ListedRow = Pick<UserRow, keyof typeof shown>;

/** Reads accounts until the page is full: no index serves parts of words. */
function contains(search: string): SQL | undefined {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  return or(ilike(users.email, pattern), ilike(users.name, pattern));
}
