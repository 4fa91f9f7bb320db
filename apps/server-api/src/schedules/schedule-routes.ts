import { CodedError, occurrencesSchema, scheduledMeetingsSchema, scheduleQuerySchema } from '@waterbus/protocol';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { userOf } from '../access/guard.js';
import { problemResponses } from '../http/problem-responses.js';
import { occurrencesOf } from '../meeting/occurrences.js';
import type { ApiParts } from '../parts.js';
import { calendarFile } from './calendar-file.js';
import { scheduledMeetings } from './scheduled-meetings.js';

/** The dates of meetings. */
export async function addScheduleRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const { queries, clock, options } = parts;
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const tags = ['meetings'];
  const params = z.object({ code: z.string() });
  const look = { access: { by: 'meeting', action: 'look' } } as const;

  routes.get(
    '/v1/me/schedule',
    {
      config: { access: { by: 'user' } },
      schema: {
        tags,
        summary: 'Lists the next dates of the user’s meetings, the earliest first',
        description: 'Dates that end after now, of the meetings of which the user is a member.',
        querystring: scheduleQuerySchema,
        response: { 200: scheduledMeetingsSchema, ...problemResponses(400, 401, 403, 429) },
      },
    },
    async (request) => ({
      items: await scheduledMeetings(queries, userOf(request).userId, request.query, clock.date()),
    }),
  );

  routes.get(
    '/v1/meetings/:code/schedule',
    {
      config: look,
      schema: {
        tags,
        summary: 'Lists the next dates of the meeting, the earliest first',
        description: 'Dates that end after now; none without `scheduledStart`.',
        params,
        querystring: scheduleQuerySchema,
        response: { 200: occurrencesSchema, ...problemResponses(400, 401, 404, 429) },
      },
    },
    async ({ access, query: { before, limit } }) => {
      const until = before === undefined ? Number.POSITIVE_INFINITY : Date.parse(before);
      return { items: occurrencesOf(access.meeting, { from: clock.date(), before: until, limit }) };
    },
  );

  routes.get(
    '/v1/meetings/:code/calendar',
    {
      config: look,
      schema: {
        tags,
        summary: 'Returns the calendar file of the meeting (iCalendar, RFC 5545)',
        description: 'With the link, the dates and the title. Without `scheduledStart`: `request.not_found`.',
        params,
        response: {
          200: { description: 'The calendar file', content: { 'text/calendar': { schema: z.string() } } },
          ...problemResponses(401, 404, 429),
        },
      },
    },
    async (request, reply) => {
      const { scheduledStart, ...meeting } = request.access.meeting;
      if (!scheduledStart) throw new CodedError('request.not_found', 'the meeting has no start');
      const page = options.publicUrl ?? `${request.protocol}://${request.host}`;
      const text = calendarFile({ ...meeting, scheduledStart }, { page, title: meeting.title, now: clock.date() });
      return reply
        .type('text/calendar; charset=utf-8')
        .header('content-disposition', `attachment; filename="${meeting.code}.ics"`)
        .send(text);
    },
  );
}
