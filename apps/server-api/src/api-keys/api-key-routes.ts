import { randomBytes } from 'node:crypto';
import {
  apiKeysSchema,
  CodedError,
  createApiKeyRequestSchema,
  createApiKeyResponseSchema,
  pageQuerySchema,
} from '@waterbus/protocol';
import { and, count, desc, eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { API_KEY_PREFIX } from '../access/authentication.js';
import { userOf } from '../access/guard.js';
import { requireRecentSignIn } from '../access/recent-sign-in.js';
import { newSecret } from '../access/secrets.js';
import { stillCounts } from '../access/still-counts.js';
import { checkVerified } from '../access/verified.js';
import { actorOf, audit, holdAccount } from '../audit/audit-log.js';
import { apiKeys, users } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { readConfiguredKeys, storeConfiguredKeys } from './configured-keys.js';
import { addJoinTokenRoutes } from './join-token-routes.js';
import { shownApiKey } from './shown-api-key.js';

/** Keys with which other back ends act for a user, and the actions that only they may do. */
export async function addApiKeyRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  options: { apiKeys?: { secret: string }[] },
): Promise<void> {
  const { queries, clock } = parts;
  await storeConfiguredKeys(queries, readConfiguredKeys(options.apiKeys), new Date(clock.date()));
  addJoinTokenRoutes(fastify, parts);
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['API keys'];

  routes.post(
    '/v1/api-keys',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Creates an API key',
        description:
          'The user owns everything created with it. The secret is returned once. `account.not_verified`: if the server sends mail, the ' +
          'address of the account must be verified, or the account linked to an identity provider.',
        body: createApiKeyRequestSchema,
        response: { 201: createApiKeyResponseSchema, ...problemResponses(400, 401, 403, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const { userId } = userOf(request);
      // A key outlives the session that created it.
      requireRecentSignIn(request.principal, clock);
      const { name, expiresIn } = request.body;
      const id = randomBytes(ID_BYTES).toString('hex');
      const { secret, hash } = newSecret(`${API_KEY_PREFIX}${id}_`);
      const createdAt = new Date(clock.date());
      const expiresAt = expiresIn === undefined ? null : new Date(createdAt.getTime() + expiresIn * 1000);
      const row = await queries.transaction(async (transaction) => {
        // Serialized for each user, so that the limit holds.
        await transaction.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update');
        await stillCounts(transaction, request.principal);
        await checkVerified(parts, transaction, userId);
        const [present] = await transaction.select({ count: count() }).from(apiKeys).where(eq(apiKeys.userId, userId));
        if ((present?.count ?? 0) >= MOST_KEYS) throw new CodedError('limit.reached', `${MOST_KEYS} API keys`);
        const [inserted] = await transaction
          .insert(apiKeys)
          .values({ id, userId, name, secretHash: hash, createdAt, expiresAt })
          .returning();
        if (!inserted) throw new Error('The API key was not stored');
        await audit(transaction, actorOf(request), createdAt, { action: 'api-key.created', userId, target: id });
        return inserted;
      });
      return reply.code(201).send({ apiKey: shownApiKey(row), secret });
    },
  );

  routes.get(
    '/v1/api-keys',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: "Lists the user's API keys, newest first",
        description: 'Without their secrets, which are returned once, at the creation.',
        querystring: pageQuerySchema,
        response: { 200: apiKeysSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const columns = { at: apiKeys.createdAt, id: apiKeys.id };
      const rows = await queries
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.userId, userOf(request).userId), beyond(cursor, columns, 'descending')))
        .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
        .limit(limit + 1);
      return pageOfRows(rows, limit, (row) => ({ at: row.createdAt, id: row.id }), shownApiKey);
    },
  );

  routes.delete(
    '/v1/api-keys/:id',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Deletes an API key, which is invalid at once',
        description: 'Meetings that it created stay with the user.',
        params: z.object({ id: z.string() }),
        response: { 204: z.null(), ...problemResponses(401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      const { userId } = userOf(request);
      const { id } = request.params;
      await queries.transaction(async (transaction) => {
        await holdAccount(transaction, userId);
        const mine = and(eq(apiKeys.id, id), eq(apiKeys.userId, userId));
        const removed = await transaction.delete(apiKeys).where(mine).returning({ id: apiKeys.id });
        if (removed.length === 0) throw new CodedError('api_key.not_found');
        const at = new Date(clock.date());
        await audit(transaction, actorOf(request), at, { action: 'api-key.removed', userId, target: id });
      });
      return reply.code(204).send(null);
    },
  );
}

/** Far more than the back ends of anybody. */
const MOST_KEYS = 50;

/** The id is not secret; 64 bits do not collide by chance. */
const ID_BYTES = 8;
