import { callsQuerySchema, meetingCallsSchema, qualityMinutesPageSchema, qualityQuerySchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { listCalls } from './list-calls.js';
import { listQuality } from './read-quality.js';

/** The calls of a meeting, and the quality of its participants' connections. */
export async function addQualityRoutes(fastify: FastifyInstance, { queries, clock }: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'meeting', action: 'readQuality' } } as const;
  const params = z.object({ code: z.string() });
  const problems = problemResponses(400, 401, 403, 404, 429, 503);

  routes.get(
    '/v1/meetings/:code/calls',
    {
      config,
      schema: {
        tags: ['participants'],
        summary: 'Lists the calls of the meeting, newest first',
        description:
          'The calls in which somebody joined between `from` and `to`; by default in the last 30 days. ' +
          'For host, moderators, host token and API key.',
        params,
        querystring: callsQuerySchema,
        response: { 200: meetingCallsSchema, ...problems },
      },
    },
    async ({ access, query }) => listCalls(queries, access.meeting.id, query, clock.date()),
  );

  routes.get(
    '/v1/meetings/:code/quality',
    {
      config,
      schema: {
        tags: ['participants'],
        summary: 'Lists the connection quality of each participant in each minute, oldest first',
        description:
          'From `from` (inclusive) to `to` (exclusive); by default the last 24 hours. Kept for 30 days unless the ' +
          'server is configured otherwise. For host, moderators, host token and API key.',
        params,
        querystring: qualityQuerySchema,
        response: { 200: qualityMinutesPageSchema, ...problems },
      },
    },
    async ({ access, query }) => listQuality(queries, access.meeting.id, query, clock.date()),
  );
}
