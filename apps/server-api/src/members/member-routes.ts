import {
  inviteMemberRequestSchema,
  inviteMemberResponseSchema,
  memberResponseSchema,
  membersPageSchema,
  pageQuerySchema,
  updateMemberRequestSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { changeRole, leaveMembers, removeMember } from './change-members.js';
import { addGuestInvitationRoutes } from './guest-invitation-routes.js';
import { addInvitationRoutes } from './invitation-routes.js';
import { addInviteLinkRoutes } from './invite-link-routes.js';
import { inviteMember } from './invite-member.js';
import { seesAddresses } from './rank.js';
import { membersOf } from './shown-member.js';

/** Routes of members, and of the ways to become one. */
export async function addMemberRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['members'];

  routes.get(
    '/v1/meetings/:code/members',
    {
      config: { access: { by: 'meeting', action: 'listMembers' } },
      schema: {
        tags,
        summary: 'Lists members and invited persons, oldest first',
        description:
          '`state` is `invited` until the person accepts. `email` is that of an invited person, for those who may invite.',
        params: codeParams,
        querystring: pageQuerySchema,
        response: { 200: membersPageSchema, ...problemResponses(400, 401, 403, 404, 429) },
      },
    },
    async ({ access: { meeting, standing }, query }) =>
      membersOf(parts.queries, meeting.id, { ...query, addresses: seesAddresses(standing) }),
  );

  routes.post(
    '/v1/meetings/:code/members',
    {
      config: { access: { by: 'meeting', action: 'invite' } },
      schema: {
        tags,
        summary: 'Invites a person by e-mail address',
        description: 'Moderators invite members; host and API keys also moderators. The token is returned once.',
        params: codeParams,
        body: inviteMemberRequestSchema,
        response: { 201: inviteMemberResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    async (request, reply) => reply.code(201).send(await inviteMember(parts, request, request.body)),
  );

  routes.patch(
    '/v1/meetings/:code/members/:memberId',
    {
      config: { access: { by: 'meeting', action: 'changeRole' } },
      schema: {
        tags,
        summary: 'Changes a role, also in the running call',
        description: 'The role of the host changes only by handing the meeting over.',
        params: memberParams,
        body: updateMemberRequestSchema,
        response: { 200: memberResponseSchema, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request) => ({ member: await changeRole(parts, request, request.params.memberId, request.body.role) }),
  );

  routes.delete(
    '/v1/meetings/:code/members/me',
    {
      config: { access: { by: 'meeting', action: 'leaveMembers' } },
      schema: {
        tags,
        summary: 'Ends the user’s own membership; a host must hand over first',
        description: 'Afterwards the user is a stranger to the meeting, and needs its password to join.',
        params: codeParams,
        response: { 204: z.null(), ...problemResponses(401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      await leaveMembers(parts, request);
      return reply.code(204).send(null);
    },
  );

  routes.delete(
    '/v1/meetings/:code/members/:memberId',
    {
      config: { access: { by: 'meeting', action: 'removeMember' } },
      schema: {
        tags,
        summary: 'Ends a membership, or withdraws an invitation',
        description: 'Moderators remove members; host and API keys also moderators. The host cannot be removed.',
        params: memberParams,
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      await removeMember(parts, request, request.params.memberId);
      return reply.code(204).send(null);
    },
  );

  addInviteLinkRoutes(fastify, parts);
  addGuestInvitationRoutes(fastify, parts);
  addInvitationRoutes(fastify, parts);
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const codeParams = z.object({ code: z.string() });
const memberParams = codeParams.extend({ memberId: z.uuid() });
