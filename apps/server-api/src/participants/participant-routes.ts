import {
  banRequestSchema,
  banResponseSchema,
  bansPageSchema,
  idSchema,
  liveParticipantsPageSchema,
  muteRequestSchema,
  ownParticipantsSchema,
  pageQuerySchema,
  presencesPageSchema,
  stopVideoRequestSchema,
  updateParticipantRequestSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userIdOf } from '../access/principal.js';
import { ownParticipants } from '../admission/former-presence.js';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { liftBan, listBans } from './bans.js';
import { listPresences, livePage } from './lists.js';
import { Moderation } from './moderation.js';

export async function addParticipantRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const { queries, live } = parts;
  const moderation = new Moderation(parts);
  const tags = ['participants'];
  const moderate = { access: { by: 'meeting', action: 'moderate' } } as const;

  routes.get(
    '/v1/meetings/:code/participants',
    {
      config: { access: { by: 'meeting', action: 'listParticipants' } },
      schema: {
        tags,
        summary: 'Lists the participants in the call, in the order of joining',
        description: 'Read from the running call.',
        params: meetingParams,
        querystring: pageQuerySchema,
        response: { 200: liveParticipantsPageSchema, ...problemResponses(...READING) },
      },
    },
    async (request) => livePage(await live.rooms(request.access.meeting.id), request.query),
  );

  routes.get(
    '/v1/meetings/:code/participants/mine',
    {
      config: { access: { by: 'meeting', action: 'look' } },
      schema: {
        tags,
        summary: 'Lists the participants of the requesting user in the call, on all devices',
        description:
          'The last to join first. Empty without a user. Join with their ids as `replaces` to move the call.',
        params: meetingParams,
        response: { 200: ownParticipantsSchema, ...problemResponses(...READING) },
      },
    },
    async ({ access, principal }) => ({
      items: await ownParticipants(parts, access.meeting.id, userIdOf(principal)),
    }),
  );

  routes.get(
    '/v1/meetings/:code/participants/history',
    {
      config: { access: { by: 'meeting', action: 'listPresences' } },
      schema: {
        tags,
        summary: 'Lists current and past presences in the call, newest first',
        description: 'Hidden participants are visible to host, moderators, host token and API key only.',
        params: meetingParams,
        querystring: pageQuerySchema,
        response: { 200: presencesPageSchema, ...problemResponses(...READING) },
      },
    },
    async ({ access, query }) =>
      listPresences(queries, access.meeting.id, query, { hiddenToo: access.standing !== 'member' }),
  );

  routes.post(
    '/v1/meetings/:code/participants/:participantId/mute',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Mutes a participant',
        description:
          'The participant may unmute again. Applies to every participant, including the host. Without a body: the microphone.',
        params: participantParams,
        body: muteRequestSchema.nullish(),
        response: { 204: nothing, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      await moderation.stop(request, request.params.participantId, request.body?.source ?? 'microphone');
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/meetings/:code/participants/:participantId/stop-video',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Stops the video of a participant',
        description:
          'The participant may start it again. Applies to every participant, including the host. Without a body: the camera.',
        params: participantParams,
        body: stopVideoRequestSchema.nullish(),
        response: { 204: nothing, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      await moderation.stop(request, request.params.participantId, request.body?.source ?? 'camera');
      return reply.code(204).send(null);
    },
  );

  routes.patch(
    '/v1/meetings/:code/participants/:participantId',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Sets the grants of one participant, independently of the settings',
        description:
          'Valid until the participant leaves. Media without a grant stop at once. The host cannot be restricted.',
        params: participantParams,
        body: updateParticipantRequestSchema,
        response: { 204: nothing, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      await moderation.update(request, request.params.participantId, request.body);
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/meetings/:code/participants/:participantId/kick',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Removes a participant from the call',
        description:
          'A participant that has already left is not an error. The host cannot be removed, a moderator only by the host.',
        params: participantParams,
        response: { 204: nothing, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      await moderation.kick(request, request.params.participantId);
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/meetings/:code/participants/:participantId/waiting-room',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Returns a participant to the waiting room',
        description: 'The next join waits for a moderator, independently of the meeting’s settings.',
        params: participantParams,
        response: { 204: nothing, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      await moderation.sendToWaitingRoom(request, request.params.participantId);
      return reply.code(204).send(null);
    },
  );

  routes.post(
    '/v1/meetings/:code/participants/:participantId/ban',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Bans a participant',
        description: 'Ends the membership. A banned person gets the same answers as for an absent meeting.',
        params: participantParams,
        body: banRequestSchema.nullish(),
        response: { 201: banResponseSchema, ...problemResponses(...CHANGING) },
      },
    },
    async (request, reply) => {
      const ban = await moderation.ban(request, request.params.participantId, request.body?.reason);
      return reply.code(201).send({ ban });
    },
  );

  routes.get(
    '/v1/meetings/:code/bans',
    {
      config: { access: { by: 'meeting', action: 'listBans' } },
      schema: {
        tags,
        summary: 'Lists the bans, newest first',
        description: '`userId` is null for a ban of guests, which holds for their network.',
        params: meetingParams,
        querystring: pageQuerySchema,
        response: { 200: bansPageSchema, ...problemResponses(...READING) },
      },
    },
    async ({ access, query }) => listBans(queries, access.meeting.id, query),
  );

  routes.delete(
    '/v1/meetings/:code/bans/:banId',
    {
      config: moderate,
      schema: {
        tags,
        summary: 'Lifts a ban',
        description: 'Does not restore a membership.',
        params: meetingParams.extend({ banId: z.uuid() }),
        response: { 204: nothing, ...problemResponses(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      await liftBan(parts, request, request.params.banId);
      return reply.code(204).send(null);
    },
  );
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
const meetingParams = z.object({ code: z.string() });
const participantParams = meetingParams.extend({ participantId: idSchema });

const nothing = z.null().describe('Done');

/** Possible problems of reading and changing. */
const READING = [400, 401, 403, 404, 429, 503] as const;
const CHANGING = [400, 401, 403, 404, 409, 413, 415, 429, 503] as const;
