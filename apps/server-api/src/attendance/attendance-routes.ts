import { attendanceFileQuerySchema, attendancePageSchema, attendanceQuerySchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { problemResponses } from '../http/problem-responses.js';
import type { ApiParts } from '../parts.js';
import { attendanceFile } from './attendance-file.js';
import { allStays, attendanceOf } from './stays.js';

/** The people in the calls of a meeting, from when to when. */
export async function addAttendanceRoutes(fastify: FastifyInstance, { queries }: ApiParts): Promise<void> {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'meeting', action: 'readAttendance' } } as const;
  const tags = ['participants'];
  const params = z.object({ code: z.string() });
  const problems = problemResponses(400, 401, 403, 404, 429);

  routes.get(
    '/v1/meetings/:code/attendance',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the stays in the calls of the meeting, in the order of joining',
        description:
          'Those that overlap the time from `from` to `to`, without hidden participants. For host, moderators, host ' +
          'token and API key.',
        params,
        querystring: attendanceQuerySchema,
        response: { 200: attendancePageSchema, ...problems },
      },
    },
    async ({ access, query }) => attendanceOf(queries, access.meeting.id, query),
  );

  routes.get(
    '/v1/meetings/:code/attendance.csv',
    {
      config,
      schema: {
        tags,
        summary: 'Returns the same as a table for spreadsheets (CSV), at most 10,000 rows',
        description: 'In UTF-8 with a byte order mark, times in `timeZone`.',
        params,
        querystring: attendanceFileQuerySchema,
        response: {
          200: { description: 'The table', content: { 'text/csv': { schema: z.string() } } },
          ...problems,
        },
      },
    },
    async ({ access, query }, reply) => {
      const { id, code } = access.meeting;
      const stays = await allStays(queries, id, query);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${code}-attendance.csv"`)
        .send(attendanceFile(stays, query.timeZone));
    },
  );
}
