import {
  createWebhookRequestSchema,
  createWebhookResponseSchema,
  pageQuerySchema,
  updateWebhookRequestSchema,
  webhookDeliveriesPageSchema,
  webhookEventsPageSchema,
  webhookResponseSchema,
  webhooksPageSchema,
} from '@waterbus/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ownerOf } from '../access/principal.js';
import { stillCounts } from '../access/still-counts.js';
import { checkVerified } from '../access/verified.js';
import { actorOf } from '../audit/audit-log.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { checkUrl } from './addresses.js';
import { DeliveryWorker } from './delivery-worker.js';
import { listenForDeliveries } from './outbox.js';
import { shownWebhook } from './shown-webhook.js';
import { WebhookRepository } from './webhook-repository.js';

/** Endpoints of other back ends that receive events, and the worker that delivers them. */
export async function addWebhookRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  options: { privateWebhooks?: boolean },
): Promise<void> {
  const { queries, clock, log } = parts;
  const privateToo = options.privateWebhooks ?? false;
  const webhooks = new WebhookRepository(queries);
  await parts.workers.add(async () => {
    const worker = new DeliveryWorker({ queries, clock, log, privateToo });
    const stopListening = await listenForDeliveries(queries, () => worker.wake());
    return async () => {
      await stopListening().catch(() => {});
      await worker.stop();
    };
  });
  const now = () => new Date(clock.date());
  const by = (request: FastifyRequest) => ({ actor: actorOf(request), at: now() });

  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'user-or-key' } } as const;
  const tags = ['webhooks'];
  const params = z.object({ id: z.uuid() });

  routes.post(
    '/v1/webhooks',
    {
      config,
      schema: {
        tags,
        summary: 'Adds an endpoint that receives events',
        description:
          'Deliveries are signed with `secret` according to standardwebhooks.com; the secret is returned once. Private addresses are ' +
          'refused unless the server allows them. An owner may have 20. `account.not_verified`: see `POST /v1/api-keys`.',
        body: createWebhookRequestSchema,
        response: { 201: createWebhookResponseSchema, ...problemResponses(400, 401, 403, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      checkUrl(request.body.url, { privateToo });
      const row = await webhooks.create(ownerBy(request), request.body, by(request), async (transaction) => {
        await stillCounts(transaction, request.principal);
        if (request.principal.type === 'user') await checkVerified(parts, transaction, request.principal.userId);
      });
      return reply.code(201).send({ webhook: shownWebhook(row), secret: row.secret });
    },
  );

  routes.get(
    '/v1/webhooks',
    {
      config,
      schema: {
        tags,
        summary: 'Lists webhooks, newest first',
        description: 'Those of the user or API key, without their secrets.',
        querystring: pageQuerySchema,
        response: { 200: webhooksPageSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => webhooks.list(ownerBy(request), request.query),
  );

  routes.patch(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Changes a webhook',
        description: 'Disabling it cancels its pending deliveries. An endpoint that answers 410 is disabled.',
        params,
        body: updateWebhookRequestSchema,
        response: { 200: webhookResponseSchema, ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request) => {
      if (request.body.url !== undefined) checkUrl(request.body.url, { privateToo });
      const row = await webhooks.update(ownerBy(request), request.params.id, request.body, by(request));
      return { webhook: shownWebhook(row) };
    },
  );

  routes.delete(
    '/v1/webhooks/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Deletes a webhook and its pending deliveries',
        description: 'Its events stay readable by `GET /v1/webhook-events`.',
        params,
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 415, 429) },
      },
    },
    async (request, reply) => {
      await webhooks.remove(ownerBy(request), request.params.id, by(request));
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/webhooks/:id/deliveries',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the deliveries to a webhook, newest first',
        description:
          '`state` is `failed` once no attempt follows. `lastStatus`, or `lastError` without an answer, is of the last attempt.',
        params,
        querystring: pageQuerySchema,
        response: { 200: webhookDeliveriesPageSchema, ...problemResponses(400, 401, 403, 404, 429) },
      },
    },
    async (request) => webhooks.listDeliveries(ownerBy(request), request.params.id, request.query),
  );

  routes.post(
    '/v1/webhooks/:id/deliveries/:eventId/retry',
    {
      config,
      schema: {
        tags,
        summary: 'Delivers an event again, immediately',
        description: 'Also one that was delivered. The endpoint is no longer suspended.',
        params: params.extend({ eventId: z.uuid() }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const { id, eventId } = request.params;
      await webhooks.retry(ownerBy(request), id, eventId, by(request));
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/webhook-events',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the events, newest first',
        description: 'Also without a webhook. An event is listed before its delivery, and kept for 30 days.',
        querystring: pageQuerySchema,
        response: { 200: webhookEventsPageSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => webhooks.listEvents(ownerBy(request), request.query),
  );
}

function ownerBy(request: FastifyRequest): string {
  const owner = ownerOf(request.principal);
  if (owner === undefined) throw new Error('This route is for users and API keys');
  return owner;
}
