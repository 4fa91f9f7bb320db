import {
  guestInvitationsPageSchema,
  inviteGuestRequestSchema,
  inviteGuestResponseSchema,
  pageQuerySchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { guestInvitationsOf, inviteGuest, withdrawGuestInvitation } from './guest-invitations.js';

export function addGuestInvitationRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['members'];
  const config = { access: { by: 'meeting', action: 'invite' } } as const;
  const params = z.object({ code: z.string() });

  routes.post(
    '/v1/meetings/:code/guest-invitations',
    {
      config,
      schema: {
        tags,
        summary: 'Invites a person without an account to enter as a guest',
        description:
          'The token, of the link in the mail and of this answer alone, stands for the password (`invitationToken` of ' +
          '`join`), and with `waits: false` spares the waiting room, until it expires or is withdrawn. It overrides ' +
          'neither a lock nor a ban. Another invitation of the same address replaces it.',
        params,
        body: inviteGuestRequestSchema,
        response: { 201: inviteGuestResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    async (request, reply) => reply.code(201).send(await inviteGuest(parts, request, request.body)),
  );

  routes.get(
    '/v1/meetings/:code/guest-invitations',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the invitations of guests, without their tokens, oldest first',
        description: 'Expired ones are deleted within an hour.',
        params,
        querystring: pageQuerySchema,
        response: { 200: guestInvitationsPageSchema, ...problemResponses(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request) => guestInvitationsOf(parts.queries, request.access.meeting.id, request.query),
  );

  routes.delete(
    '/v1/meetings/:code/guest-invitations/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Withdraws the invitation of a guest: its link no longer counts',
        description: 'A guest in the call stays there.',
        params: params.extend({ id: z.uuid() }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 409, 429) },
      },
    },
    async (request, reply) => {
      await withdrawGuestInvitation(parts, request, request.params.id);
      return reply.code(204).send(null);
    },
  );
}
