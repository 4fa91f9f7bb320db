import {
  CodedError,
  deliveriesQuerySchema,
  type OwnedWebhook,
  ownedWebhookSchema,
  ownedWebhooksPageSchema,
  pageQuerySchema,
  switchWebhookRequestSchema,
  webhookDeliveriesPageSchema,
} from '@waterbus/protocol';
import { asc, eq, inArray } from 'drizzle-orm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
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
        description: 'Of the address only the origin, because path and query may hold secrets.',
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
      const row = await repository.update(await ownerOf(id), id, request.body, by(request));
      return shownOwned(row, await ownersOf(queries, [row]));
    },
  );

  routes.get(
    '/v1/admin/webhooks/:id/deliveries',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the deliveries to a webhook of any owner, newest first',
        description: 'Without the events themselves, which belong to the owner. They are kept for 30 days.',
        params: z.object({ id: z.uuid() }),
        querystring: deliveriesQuerySchema,
        response: { 200: webhookDeliveriesPageSchema, ...problemResponses(400, 401, 404, 429) },
      },
    },
    async ({ params: { id }, query }) => repository.listDeliveries(await ownerOf(id), id, query),
  );

  routes.post(
    '/v1/admin/webhooks/:id/deliveries/:eventId/retry',
    {
      config,
      schema: {
        tags,
        summary: 'Delivers an event to a webhook of any owner again, immediately',
        description: 'Also one that was delivered. The endpoint is no longer suspended.',
        params: z.object({ id: z.uuid(), eventId: z.uuid() }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const { id, eventId } = request.params;
      await repository.retry(await ownerOf(id), id, eventId, by(request));
      return reply.code(204).send(null);
    },
  );

  async function ownerOf(id: string): Promise<string> {
    const [found] = await queries.select({ owner: webhooks.owner }).from(webhooks).where(eq(webhooks.id, id));
    if (!found) throw new CodedError('webhook.not_found');
    return found.owner;
  }

  function by(request: FastifyRequest) {
    return { actor: administratorOf(request), at: new Date(clock.date()) };
  }
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
