import {
  createMeetingRequestSchema,
  createMeetingResponseSchema,
  getMeetingResponseSchema,
  joinMeetingRequestSchema,
  joinMeetingResponseSchema,
} from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { MeetingService } from './meeting-service.js';

export function addMeetingRoutes(fastify: FastifyInstance, meetings: MeetingService): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['meetings'];
  /** Any text: what is no code answers as an absent meeting does (M2). */
  const params = z.object({ code: z.string() });

  routes.post(
    '/v1/meetings',
    {
      config: { access: { by: 'anyone' } },
      schema: {
        tags,
        summary: 'Creates a meeting',
        description: 'The host token lets its holder join as host. It is shown once.',
        body: createMeetingRequestSchema,
        response: { 201: createMeetingResponseSchema, ...problemResponses(400, 413, 415, 429) },
      },
    },
    async (request, reply) => {
      const created = await meetings.create(request.body, request.ip);
      return reply.code(201).header('location', `/v1/meetings/${created.meeting.code}`).send(created);
    },
  );

  routes.get(
    '/v1/meetings/:code',
    {
      config: { access: { by: 'meeting', action: 'look' } },
      schema: {
        tags,
        summary: 'What anybody who knows the code may read of a meeting',
        params,
        response: { 200: getMeetingResponseSchema, ...problemResponses(404, 429) },
      },
    },
    async (request) => ({ meeting: await meetings.get(request.params.code, request.ip) }),
  );

  routes.post(
    '/v1/meetings/:code/join',
    {
      config: { access: { by: 'handler' } },
      schema: {
        tags,
        summary: 'Gives a join token and where to connect',
        description: 'The token is used once, on a Server WS, within `expiresIn` seconds.',
        params,
        body: joinMeetingRequestSchema,
        response: { 200: joinMeetingResponseSchema, ...problemResponses(400, 401, 403, 404, 413, 415, 429) },
      },
    },
    async (request) => meetings.join(request.params.code, request.body, request.ip),
  );
}
