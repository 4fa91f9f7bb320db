import {
  createMeetingRequestSchema,
  createMeetingResponseSchema,
  getMeetingResponseSchema,
  handOverRequestSchema,
  listMeetingsQuerySchema,
  meetingsPageSchema,
  setPasswordRequestSchema,
  updatedMeetingSchema,
  updateMeetingRequestSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ownerOf } from '../access/principal.js';
import { problemResponses } from '../http/problem-responses.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import { checkMeetingCreation } from '../offer/opening.js';
import type { ApiParts } from '../parts.js';
import { archiveMeeting } from './archive-meeting.js';
import { createMeeting } from './create-meeting.js';
import { handOver } from './hand-over.js';
import { meetingsOfOwner, meetingsOfUser } from './list-meetings.js';
import { shownMembership } from './shown-membership.js';
import { setPassword, updateMeeting } from './update-meeting.js';

export async function addMeetingRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['meetings'];

  routes.post(
    '/v1/meetings',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Creates a meeting',
        description:
          'A signed-in user becomes the host. Others get a host token, which is returned once: its holder joins and acts as host.',
        body: createMeetingRequestSchema,
        response: { 201: createMeetingResponseSchema, ...problemResponses(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      await parts.limits.count('create', request.ip);
      const { principal } = request;
      checkMeetingCreation(parts, principal);
      const owner = ownerOf(principal);
      if (owner) await parts.limits.countBy('createByOwner', owner);
      const created = await createMeeting(parts, principal, request.body, undefined, request.ip);
      if (principal.type === 'user') await parts.live.notifyUser(principal.userId, { type: 'meetings.changed' });
      return reply.code(201).header('location', `/v1/meetings/${created.meeting.code}`).send(created);
    },
  );

  routes.get(
    '/v1/meetings',
    {
      config: { access: { by: 'user-or-key' } },
      schema: {
        tags,
        summary: 'Lists the meetings of the user (as a member), or of the API key (as the owner)',
        description:
          'Those of a user in the order of their last activity, those of a key with the newest first. `archived=true` ' +
          'lists archived meetings instead of the others.',
        querystring: listMeetingsQuerySchema,
        response: { 200: meetingsPageSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async ({ principal, query }) =>
      principal.type === 'user'
        ? meetingsOfUser(parts.queries, principal.userId, query)
        : meetingsOfOwner(parts.queries, ownerOf(principal) ?? '', query),
  );

  routes.get(
    '/v1/meetings/:code',
    {
      config: { access: { by: 'meeting', action: 'look' } },
      schema: {
        tags,
        summary: 'Returns the public data of a meeting; for a member also the numbers of unread messages and mentions',
        description: 'Anybody with the code may read it. `passwordRequired` shows whether a join needs the password.',
        params: codeParams,
        response: { 200: getMeetingResponseSchema, ...problemResponses(401, 404, 429) },
      },
    },
    async ({ access: { meeting, member } }) => ({
      meeting: { ...shownMeeting(meeting), ...(member ? { membership: shownMembership(meeting, member) } : {}) },
    }),
  );

  routes.patch(
    '/v1/meetings/:code',
    {
      config: { access: { by: 'meeting', action: 'update' } },
      schema: {
        tags,
        summary: 'Changes the given fields, also within `settings`, and applies them to the running call',
        description: 'Members and participants receive an event.',
        params: codeParams,
        body: updateMeetingRequestSchema,
        response: changed(400, 413, 415),
      },
    },
    async (request) => ({ meeting: await updateMeeting(parts, request, request.body) }),
  );

  routes.put(
    '/v1/meetings/:code/password',
    {
      config: { access: { by: 'meeting', action: 'setPassword' } },
      schema: {
        tags,
        summary: 'Sets the password that non-members need to join',
        description: 'Participants in the call stay, and members join without it.',
        params: codeParams,
        body: setPasswordRequestSchema,
        response: changed(400, 413, 415),
      },
    },
    async (request) => ({ meeting: await setPassword(parts, request, request.body.password) }),
  );

  routes.delete(
    '/v1/meetings/:code/password',
    {
      config: { access: { by: 'meeting', action: 'setPassword' } },
      schema: {
        tags,
        summary: 'Removes the password',
        description: 'Everybody with the code may then join, as far as the settings permit.',
        params: codeParams,
        response: changed(),
      },
    },
    async (request) => ({ meeting: await setPassword(parts, request, null) }),
  );

  routes.post(
    '/v1/meetings/:code/archive',
    {
      config: { access: { by: 'meeting', action: 'archive' } },
      schema: {
        tags,
        summary: 'Archives the meeting: ends the call and refuses new calls and messages; members can still read',
        description: 'This cannot be undone.',
        params: codeParams,
        response: changed(),
      },
    },
    async (request) => ({ meeting: await archiveMeeting(parts, request) }),
  );

  routes.post(
    '/v1/meetings/:code/host',
    {
      config: { access: { by: 'meeting', action: 'handOver' } },
      schema: {
        tags,
        summary: 'Makes a member the host; the previous host becomes a moderator',
        description: 'Invalidates the host token.',
        params: codeParams,
        body: handOverRequestSchema,
        response: changed(400, 413, 415),
      },
    },
    async (request) => ({ meeting: await handOver(parts, request, request.body.userId) }),
  );
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const codeParams = z.object({ code: z.string() });

function changed(...problems: (400 | 413 | 415)[]) {
  return { 200: updatedMeetingSchema, ...problemResponses(...problems, 401, 403, 404, 409, 429, 503) };
}
