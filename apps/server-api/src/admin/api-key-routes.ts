import { CodedError, ownedApiKeysPageSchema, pageQuerySchema } from '@waterbus/protocol';
import { and, asc, eq, isNotNull } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { shownApiKey } from '../api-keys/shown-api-key.js';
import { administratorOf, audit, holdAccount } from '../audit/audit-log.js';
import { apiKeys, users } from '../database/schema.js';
import { beyondId, pageById } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';

/** API keys of all owners. */
export function addOwnedApiKeyRoutes(fastify: FastifyInstance, { queries, clock }: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'administrator' } } as const;
  const tags = ['administration'];

  routes.get(
    '/v1/admin/api-keys',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the API keys of all owners, by id',
        description:
          'Without their secrets, which are stored as hashes. `owner` is null for keys of the setting `API_KEYS`.',
        querystring: pageQuerySchema,
        response: { 200: ownedApiKeysPageSchema, ...problemResponses(400, 401, 404, 429) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      // By id: an index by age over all owners would mislead the planner for the keys of one.
      const rows = await queries
        .select({ key: apiKeys, owner: { id: users.id, name: users.name, email: users.email } })
        .from(apiKeys)
        .leftJoin(users, eq(users.id, apiKeys.userId))
        .where(beyondId(cursor, apiKeys.id))
        .orderBy(asc(apiKeys.id))
        .limit(limit + 1);
      return pageById(
        rows,
        limit,
        ({ key }) => key.id,
        ({ key, owner }) => ({ ...shownApiKey(key), owner }),
      );
    },
  );

  routes.delete(
    '/v1/admin/api-keys/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Deletes an API key of a user, which is invalid at once',
        description: 'Keys of the server’s settings (`API_KEYS`) are removed there.',
        params: z.object({ id: z.string().max(64) }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 415, 429) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const ofUser = and(eq(apiKeys.id, id), isNotNull(apiKeys.userId));
      const [key] = await queries.select({ userId: apiKeys.userId }).from(apiKeys).where(ofUser);
      const userId = key?.userId;
      if (!userId) throw new CodedError('api_key.not_found');
      await queries.transaction(async (transaction) => {
        await holdAccount(transaction, userId);
        const removed = await transaction.delete(apiKeys).where(ofUser).returning({ id: apiKeys.id });
        if (removed.length === 0) throw new CodedError('api_key.not_found');
        const at = new Date(clock.date());
        await audit(transaction, administratorOf(request), at, { action: 'api-key.removed', userId, target: id });
      });
      return reply.code(204).send(null);
    },
  );
}
