import {
  createInviteLinkRequestSchema,
  createInviteLinkResponseSchema,
  inviteLinksPageSchema,
  pageQuerySchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { createInviteLink, deleteInviteLink, inviteLinksOf } from './invite-links.js';

export function addInviteLinkRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['members'];
  const access = { by: 'meeting', action: 'invite' } as const;
  const params = z.object({ code: z.string() });

  routes.post(
    '/v1/meetings/:code/invite-links',
    {
      config: { access },
      schema: {
        tags,
        summary: 'Creates an invite link: every user who accepts with it becomes a member',
        description:
          'Moderators create links for members; host and API keys also for moderators. The token is returned once.',
        params,
        body: createInviteLinkRequestSchema,
        response: { 201: createInviteLinkResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    async (request, reply) => reply.code(201).send(await createInviteLink(parts, request, request.body)),
  );

  routes.get(
    '/v1/meetings/:code/invite-links',
    {
      config: { access },
      schema: {
        tags,
        summary: 'Lists the invite links, without their tokens, oldest first',
        description: 'With the number of uses and the limit. A token is returned once, at the creation.',
        params,
        querystring: pageQuerySchema,
        response: { 200: inviteLinksPageSchema, ...problemResponses(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request) => inviteLinksOf(parts.queries, request.access.meeting.id, request.query),
  );

  routes.delete(
    '/v1/meetings/:code/invite-links/:id',
    {
      config: { access },
      schema: {
        tags,
        summary: 'Deletes an invite link; users who accepted with it stay members',
        description: 'Nobody can accept with it any more.',
        params: params.extend({ id: z.uuid() }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      await deleteInviteLink(parts, request, request.params.id);
      return reply.code(204).send(null);
    },
  );
}
