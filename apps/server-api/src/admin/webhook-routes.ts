import {
  CodedError,
  type OwnedWebhook,
  ownedWebhookSchema,
  ownedWebhooksPageSchema,
  pageQuerySchema,
  switchWebhookRequestSchema,
} from '@waterbus/protocol';
import { asc, eq, inArray } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { userOfOwner } from '../access/principal.js';
import { administratorOf } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { users, type WebhookRow, webhooks } from '../database/schema.js';
import { beyondId, pageById } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { shownWebhook } from '../webhooks/shown-webhook.js';
import { WebhookRepository } from '../webhooks/webhook-repository.js';

/** Webhooks of all owners. */
export function addOwnedWebhookRoutes(fastify: FastifyInstance, { queries, clock }: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'administrator' } } as const;
  const tags = ['administration'];
  const repository = new WebhookRepository(queries);

  routes.get(
    '/v1/admin/webhooks',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the webhooks of all owners with their failures, by id',
        querystring: pageQuerySchema,
        response: { 200: ownedWebhooksPageSchema, ...problemResponses(400, 401, 404, 429) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      // By id: an index by age over all owners would mislead the planner for the webhooks of one.
      const rows = await queries
        .select()
        .from(webhooks)
        .where(beyondId(cursor, webhooks.id))
        .orderBy(asc(webhooks.id))
        .limit(limit + 1);
      const owners = await ownersOf(queries, rows);
      return pageById(
        rows,
        limit,
        ({ id }) => id,
        (row) => shownOwned(row, owners),
      );
    },
  );

  routes.patch(
    '/v1/admin/webhooks/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Switches a webhook of any owner on or off',
        description: 'Switching it off cancels its pending deliveries.',
        params: z.object({ id: z.uuid() }),
        body: switchWebhookRequestSchema,
        response: { 200: ownedWebhookSchema, ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const [found] = await queries.select({ owner: webhooks.owner }).from(webhooks).where(eq(webhooks.id, id));
      if (!found) throw new CodedError('webhook.not_found');
      const by = { actor: administratorOf(request), at: new Date(clock.date()) };
      const row = await repository.update(found.owner, id, request.body, by);
      return shownOwned(row, await ownersOf(queries, [row]));
    },
  );
}

type Owner = { id: string; name: string; email: string };

async function ownersOf(queries: Queries, rows: WebhookRow[]): Promise<Map<string, Owner>> {
  const ids = rows.map((row) => userOfOwner(row.owner)).filter((id) => id !== null);
  const owners = await queries
    .select({ id: users.id, name: users.name, email: users.email })
    .from(users)
    .where(inArray(users.id, ids));
  return new Map(owners.map((owner) => [owner.id, owner]));
}

function shownOwned(row: WebhookRow, owners: Map<string, Owner>): OwnedWebhook {
  const { url, ...webhook } = shownWebhook(row);
  return {
    ...webhook,
    // Services put secrets into the path too.
    origin: URL.canParse(url) ? new URL(url).origin : '',
    owner: owners.get(userOfOwner(row.owner) ?? '') ?? null,
    failures: row.failures,
    suspendedUntil: row.suspendedUntil?.toISOString() ?? null,
  };
}
