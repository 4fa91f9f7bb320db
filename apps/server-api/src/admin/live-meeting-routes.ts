import { CodedError, type LiveMeeting, liveMeetingsPageSchema, pageQuerySchema } from '@waterbus/protocol';
import { and, asc, eq, gt, gte, inArray, isNull, max, min, or, sql } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { administratorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { meetings, participants } from '../database/schema.js';
import { beyondId, pageById } from '../http/paging.js';
import { problemResponses } from '../http/problem-responses.js';
import { roomIdsOf } from '../live/open-breakouts.js';
import { expelAll } from '../live/rights.js';
import { readMeetingCode } from '../meeting/meeting-code.js';
import type { ApiParts } from '../parts.js';

/** The running calls of the server. */
export function addLiveMeetingRoutes(fastify: FastifyInstance, parts: ApiParts): void {
  const routes = fastify.withTypeProvider<ZodTypeProvider>();
  const config = { access: { by: 'administrator' } } as const;
  const tags = ['administration'];

  routes.get(
    '/v1/admin/live-meetings',
    {
      config,
      schema: {
        tags,
        summary: 'Lists the meetings with participants in their calls',
        description: 'In the order of internal ids. Participants and nodes are those of the moment.',
        querystring: pageQuerySchema,
        response: { 200: liveMeetingsPageSchema, ...problemResponses(400, 401, 404, 429, 503) },
      },
    },
    async ({ query: { cursor, limit } }) => {
      const rows = await presentMeetings(parts, cursor, limit + 1);
      const page = pageById(
        rows,
        limit,
        ({ id }) => id,
        (row) => row,
      );
      return { ...page, items: await Promise.all(page.items.map((row) => shownLive(parts, row))) };
    },
  );

  routes.post(
    '/v1/admin/live-meetings/:code/end',
    {
      config,
      schema: {
        tags,
        summary: 'Ends the call of a meeting for everybody',
        description: 'The meeting stays, and can be joined again. Archive it to prevent that.',
        params: z.object({ code: z.string().max(64) }),
        response: { 204: z.null(), ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const [meeting] = await parts.queries
        .select({ id: meetings.id })
        .from(meetings)
        .where(eq(meetings.code, readMeetingCode(request.params.code) ?? ''));
      if (!meeting) throw new CodedError('meeting.not_found');
      // As for moderation: first the commit, then the commands (R5).
      const event = { action: 'call.ended', meetingId: meeting.id } as const;
      await audit(parts.queries, administratorOf(request), new Date(parts.clock.date()), event);
      await expelAll(parts, meeting.id);
      return reply.code(204).send(null);
    },
  );
}

type PresentMeeting = { id: string; code: string; title: string; since: Date };

/** By id, which the index of present participants gives: no call is read that is not shown. */
async function presentMeetings(
  { queries, clock }: ApiParts,
  cursor: string | undefined,
  limit: number,
): Promise<PresentMeeting[]> {
  const { meetingId } = participants;
  const visible = sql`min(${participants.joinedAt}) filter (where not ${participants.hidden})`;
  const present = await queries
    .select({
      id: meetingId,
      since: sql<Date>`coalesce(${visible}, ${min(participants.joinedAt)})`.mapWith(participants.joinedAt),
    })
    .from(participants)
    .where(and(isNull(participants.leftAt), beyondId(cursor, meetingId)))
    .groupBy(meetingId)
    .orderBy(asc(meetingId))
    .limit(limit);
  const ids = present.map(({ id }) => id);
  const named = await queries
    .select({ id: meetings.id, code: meetings.code, title: meetings.title })
    .from(meetings)
    .where(inArray(meetings.id, ids));
  const byId = new Map(named.map((row) => [row.id, row]));
  const begun = await callBeginnings(queries, ids, new Date(clock.date() - LONGEST_CALL));
  return present.flatMap(({ id, since }) => {
    const meeting = byId.get(id);
    if (!meeting) return [];
    const start = begun.get(id);
    return [{ ...meeting, since: start && start < since ? start : since }];
  });
}

/**
 * The last beginning of a run of presences without a moment between them, by meeting (as `listCalls`
 * defines a call). `after`: presences that began before are not read.
 */
async function callBeginnings(queries: Queries, ids: string[], after: Date): Promise<Map<string, Date>> {
  const { meetingId, joinedAt, leftAt, hidden, id } = participants;
  const presences = queries.$with('presences').as(
    queries
      .select({
        meetingId,
        joinedAt,
        busyUntil: sql<Date | null>`max(coalesce(${leftAt}, 'infinity')) over (partition by ${meetingId}
          order by ${joinedAt}, ${id} rows between unbounded preceding and 1 preceding)`.as('busy_until'),
      })
      .from(participants)
      .where(and(inArray(meetingId, ids), gte(joinedAt, after), eq(hidden, false))),
  );
  const rows = await queries
    .with(presences)
    .select({ id: presences.meetingId, since: max(presences.joinedAt) })
    .from(presences)
    .where(or(isNull(presences.busyUntil), gt(presences.joinedAt, presences.busyUntil)))
    .groupBy(presences.meetingId);
  return new Map(rows.flatMap(({ id, since }) => (since ? [[id, since] as const] : [])));
}

async function shownLive(
  { cluster, live, queries }: ApiParts,
  { id, code, title, since }: PresentMeeting,
): Promise<LiveMeeting> {
  const roomIds = await roomIdsOf(queries, id);
  const [rooms, homes] = await Promise.all([
    live.rooms(id),
    Promise.all(roomIds.map((roomId) => cluster.rooms.homes(roomId))).then((all) => all.flat()),
  ]);
  const present = rooms.flatMap(({ participants }) => participants);
  return {
    code,
    title,
    participants: present.length,
    since: since.toISOString(),
    homeNodes: [...new Set(homes.map(({ nodeId }) => nodeId))].sort(),
    mediaNodes: [...new Set(present.flatMap(({ producers }) => producers.map((one) => one.mediaNodeId)))].sort(),
  };
}

/** Milliseconds. Of a longer call the join of the participant that has been there longest is shown. */
const LONGEST_CALL = 7 * 86_400_000;
