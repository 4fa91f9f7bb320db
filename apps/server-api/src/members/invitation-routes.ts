import {
  acceptedInvitationSchema,
  invitationsPageSchema,
  invitationTokenRequestSchema,
  pageQuerySchema,
} from '@waterbus/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { problemResponses } from '../http/problem-responses.js';
import { network } from '../limits/network.js';
import type { ApiParts } from '../parts.js';
import { accept } from './accept-invitation.js';
import { decline, invitationBy, invitationsTo, invitationTo } from './invitations.js';

export function addInvitationRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['members'];
  const config = { access: { by: 'user' } } as const;

  routes.get(
    '/v1/invitations',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the invitations to the user’s verified e-mail address, newest first',
        description: 'Empty while the address is not verified.',
        querystring: pageQuerySchema,
        response: { 200: invitationsPageSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => invitationsTo(parts.queries, userOf(request).userId, request.query),
  );

  routes.post(
    '/v1/invitations/:id/accept',
    {
      config,
      schema: {
        tags,
        summary: 'Accepts an invitation to the user’s verified e-mail address',
        description: 'The user becomes a member with the role of the invitation, and joins without the password.',
        params: idParams,
        response: { 200: acceptedInvitationSchema, ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request) => {
      const { userId } = userOf(request);
      return accept(parts, asker(request), await invitationTo(parts.queries, userId, request.params.id));
    },
  );

  routes.post(
    '/v1/invitations/:id/decline',
    {
      config,
      schema: {
        tags,
        summary: 'Declines an invitation to the user’s verified e-mail address',
        description: 'The invitation is deleted; the user may be invited again.',
        params: idParams,
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 429) },
      },
    },
    async (request, reply) => {
      await decline(parts, request, await invitationTo(parts.queries, userOf(request).userId, request.params.id));
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/invitations/accept',
    {
      config,
      schema: {
        tags,
        summary: 'Accepts an invitation with the token of a mail or of an invite link',
        description: 'The token of a mail counts once, that of a link as often as its limit permits.',
        body: invitationTokenRequestSchema,
        response: { 200: acceptedInvitationSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => accept(parts, asker(request), await invitationBy(parts, request.body.token)),
  );

  routes.post(
    '/v1/invitations/decline',
    {
      config,
      schema: {
        tags,
        summary: 'Declines an invitation with the token of a mail; an invite link stays valid for others',
        description: 'The token proves that the mail arrived.',
        body: invitationTokenRequestSchema,
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      await decline(parts, request, await invitationBy(parts, request.body.token));
      return reply.code(204).send(null);
    },
  );
}

function asker(request: FastifyRequest): { userId: string; network: string } {
  return { userId: userOf(request).userId, network: network(request.ip) };
}

const idParams = z.object({ id: z.uuid() });
