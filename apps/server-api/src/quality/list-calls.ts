import { type CallsQuery, CodedError, type MeetingCall, type Page } from '@waterbus/protocol';
import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { participants, qualityMinutes } from '../database/schema.js';
import { pageOfRows, readCursor } from '../http/paging.js';
import { IMPAIRED } from './stored-row.js';

/**
 * The calls of a meeting in which somebody joined between `from` and `to`, newest first. A call is a
 * run of presences without a moment between them, hidden ones aside; no two begin at one moment.
 */
export async function listCalls(
  queries: Queries,
  meetingId: string,
  { from, to, cursor, limit }: CallsQuery,
  now: number,
): Promise<Page<MeetingCall>> {
  const until = to === undefined ? now : Date.parse(to);
  const since = from === undefined ? until - DEFAULT_SPAN : Date.parse(from);
  const { presences, numbered, calls } = callsBetween(
    queries,
    meetingId,
    new Date(Math.max(0, since)),
    new Date(until),
    { before: beginOf(cursor), most: limit + 1 },
  );
  const minuteOf = (at: unknown) => sql`floor(extract(epoch from ${at}) / 60)::integer`;
  const minutes = queries
    .select({
      all: sql<number>`count(*)::integer`.as('all_minutes'),
      poor: sql<number>`(count(*) filter (where ${qualityMinutes.quality} >= ${IMPAIRED}))::integer`.as('poor_minutes'),
    })
    .from(qualityMinutes)
    .innerJoin(numbered, eq(numbered.id, qualityMinutes.participantId))
    .where(
      and(
        eq(qualityMinutes.meetingId, meetingId),
        sql`${numbered.call} = ${calls.call}`,
        sql`${qualityMinutes.minute} >= ${minuteOf(calls.startedAt)}`,
        // The last row of a participant is of the minute whose reading it did not await.
        sql`${qualityMinutes.minute} <= coalesce(${minuteOf(calls.endedAt)} + 1, 2147483647)`,
      ),
    )
    .as('minutes');
  const rows = await queries
    .with(presences, numbered, calls)
    .select({
      startedAt: calls.startedAt,
      endedAt: calls.endedAt,
      participants: calls.participants,
      minutes: minutes.all,
      poorMinutes: minutes.poor,
    })
    .from(calls)
    .innerJoinLateral(minutes, sql`true`)
    .orderBy(sql`${calls.startedAt} desc`);
  return pageOfRows(
    rows,
    limit,
    ({ startedAt }) => ({ at: startedAt, id: CALL }),
    ({ startedAt, endedAt, ...counts }) => ({
      startedAt: startedAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
      ...counts,
    }),
  );
}

/** The begin of the last call of the page before. */
function beginOf(cursor: string | undefined): Date | undefined {
  const position = readCursor(cursor);
  if (position && position.id !== CALL) throw new CodedError('request.invalid', 'cursor: not a cursor of this list');
  return position?.at;
}

/**
 * Presences, each with the number of its call; and the last `most` calls that begin before a moment,
 * without those of hidden participants.
 */
function callsBetween(
  queries: Queries,
  meetingId: string,
  since: Date,
  until: Date,
  { before, most }: { before: Date | undefined; most: number },
) {
  const order = sql`order by ${participants.joinedAt}, ${participants.id}`;
  const presences = queries.$with('presences').as(
    queries
      .select({
        id: participants.id,
        joinedAt: participants.joinedAt,
        leftAt: participants.leftAt,
        // The last end of all presences that began before.
        busyUntil: sql<Date | null>`max(coalesce(${participants.leftAt}, 'infinity'))
          over (${order} rows between unbounded preceding and 1 preceding)`.as('busy_until'),
        place: sql<number>`row_number() over (${order})`.as('place'),
      })
      .from(participants)
      .where(
        and(
          eq(participants.meetingId, meetingId),
          eq(participants.hidden, false),
          gte(participants.joinedAt, since),
          lt(participants.joinedAt, until),
        ),
      ),
  );
  const numbered = queries.$with('numbered').as(
    queries
      .select({
        id: presences.id,
        joinedAt: presences.joinedAt,
        leftAt: presences.leftAt,
        call: sql<number>`count(*) filter (where ${presences.busyUntil} is null
          or ${presences.joinedAt} > ${presences.busyUntil}) over (order by ${presences.place})`.as('call'),
      })
      .from(presences),
  );
  const calls = queries.$with('calls').as(
    queries
      .select({
        call: numbered.call,
        startedAt: sql<Date>`min(${numbered.joinedAt})`.mapWith(participants.joinedAt).as('started_at'),
        endedAt: sql<Date | null>`case when bool_and(${numbered.leftAt} is not null) then max(${numbered.leftAt}) end`
          .mapWith(participants.joinedAt)
          .as('ended_at'),
        participants: sql<number>`count(*)::integer`.as('participants'),
      })
      .from(numbered)
      .groupBy(numbered.call)
      .having(before && sql`min(${numbered.joinedAt}) < ${before.toISOString()}::timestamptz`)
      .orderBy(sql`started_at desc`)
      .limit(most),
  );
  return { presences, numbered, calls };
}

/** In the place of an id of its cursors. */
const CALL = 'call';

/** Milliseconds: the time for which quality is kept by default. */
const DEFAULT_SPAN = 30 * 86_400_000;
