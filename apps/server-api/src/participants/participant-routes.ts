import {
  banRequestSchema,
  banResponseSchema,
  bansPageSchema,
  idSchema,
  liveParticipantsPageSchema,
  muteRequestSchema,
  pageQuerySchema,
  presencesPageSchema,
  stopVideoRequestSchema,
  updateParticipantRequestSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
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
        summary: 'Who is in the call now, in the order of coming',
        params: meetingParams,
        querystring: pageQuerySchema,
        response: { 200: liveParticipantsPageSchema, ...problemResponses(...READING) },
      },
    },
    async (request) => livePage(await live.room(request.access.meeting.id), request.query),
  );

  routes.get(
    '/v1/meetings/:code/participants/history',
    {
      config: { access: { by: 'meeting', action: 'listPresences' } },
      schema: {
        tags,
        summary: 'Who was in the call and who is, newest first',
        description: 'Hidden participants are shown to host and moderators, and to who holds host token or API key.',
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
        summary: 'Stops the sound that a participant sends',
        description: 'The participant may start it again. Nobody is exempt. No body: the microphone.',
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
        summary: 'Stops the picture that a participant sends',
        description: 'The participant may start it again. Nobody is exempt. No body: the camera.',
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
        summary: 'Says what one participant may do, whatever the settings say',
        description:
          'Until the participant leaves. What is not granted any more stops at once. The host cannot be restricted.',
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
        summary: 'Turns a participant out of the call',
        description: 'Who is gone already is gone. Not the host; and a moderator only by the host.',
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
        summary: 'Sends a participant back to the waiting room',
        description: 'Joining again waits for a moderator, whatever the meeting’s settings.',
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
        summary: 'Turns somebody out for good',
        description: 'Ends their membership. To who is banned there is no such meeting.',
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
        summary: 'Who is banned, newest first',
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
        description: 'A membership does not come back with it.',
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
