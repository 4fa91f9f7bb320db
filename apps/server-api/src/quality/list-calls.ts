import { type CallsQuery, CodedError, type MeetingCall, type Page } from '@waterbus/protocol';
import { and, desc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { participants, qualityMinutes } from '../database/schema.js';
import { pageOfRows, readCursor } from '../http/paging.js';
import { IMPAIRED } from './stored-row.js';

/**
 * The calls of a meeting in which somebody joined between `from` and `to`, newest first. A call is a
 * run of presences without a moment between them, hidden ones aside; no two begin at one moment.
 * A page reads the last `mostPresences` before its end, and shows the calls that they complete; a call
 * of more, or one that only an even earlier presence holds together, is shown in parts.
 */
export async function listCalls(
  queries: Queries,
  meetingId: string,
  { from, to, cursor, limit }: CallsQuery,
  now: number,
  mostPresences = MOST_PRESENCES,
): Promise<Page<MeetingCall>> {
  const end = to === undefined ? now : Date.parse(to);
  const since = from === undefined ? end - DEFAULT_SPAN : Date.parse(from);
  // All presences of earlier calls began before this one.
  const until = Math.min(end, beginOf(cursor)?.getTime() ?? Number.POSITIVE_INFINITY);
  const range = { since: new Date(Math.max(0, since)), until: new Date(until) };
  const { presences, numbered, calls } = callsBetween(queries, meetingId, range, {
    mostPresences,
    mostCalls: limit + 1,
  });
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
      call: calls.call,
      presences: sql<number>`(select count(*)::integer from ${presences})`,
      startedAt: calls.startedAt,
      endedAt: calls.endedAt,
      participants: calls.participants,
      minutes: minutes.all,
      poorMinutes: minutes.poor,
    })
    .from(calls)
    .innerJoinLateral(minutes, sql`true`)
    .orderBy(sql`${calls.startedAt} desc`);
  const isCut = rows[0]?.presences === mostPresences;
  const whole = isCut && rows.length > 1 ? rows.filter(({ call }) => call > 1) : rows;
  return pageOfRows(
    // One more row shows that another page follows.
    isCut ? [...whole, ...rows.slice(-1)] : rows,
    Math.min(limit, whole.length),
    ({ startedAt }) => ({ at: startedAt, id: CALL }),
    ({ startedAt, endedAt, participants: people, minutes: all, poorMinutes }) => ({
      startedAt: startedAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
      ...{ participants: people, minutes: all, poorMinutes },
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
 * The last presences that began in a range, each with the number of its call, from 1; and the last of
 * these calls. Hidden participants have none.
 */
function callsBetween(
  queries: Queries,
  meetingId: string,
  { since, until }: { since: Date; until: Date },
  { mostPresences, mostCalls }: { mostPresences: number; mostCalls: number },
) {
  const { id, joinedAt, leftAt, hidden } = participants;
  const last = queries
    .select({ id, joinedAt, leftAt })
    .from(participants)
    .where(and(eq(participants.meetingId, meetingId), eq(hidden, false), gte(joinedAt, since), lt(joinedAt, until)))
    .orderBy(desc(joinedAt), desc(id))
    .limit(mostPresences)
    .as('last');
  const order = sql`order by ${last.joinedAt}, ${last.id}`;
  const presences = queries.$with('presences').as(
    queries
      .select({
        id: last.id,
        joinedAt: last.joinedAt,
        leftAt: last.leftAt,
        // The last end of all presences that began before.
        busyUntil: sql<Date | null>`max(coalesce(${last.leftAt}, 'infinity'))
          over (${order} rows between unbounded preceding and 1 preceding)`.as('busy_until'),
        place: sql<number>`row_number() over (${order})`.as('place'),
      })
      .from(last),
  );
  const numbered = queries.$with('numbered').as(
    queries
      .select({
        id: presences.id,
        joinedAt: presences.joinedAt,
        leftAt: presences.leftAt,
        call: sql<number>`count(*) filter (where ${presences.busyUntil} is null
          or ${presences.joinedAt} > ${presences.busyUntil}) over (order by ${presences.place})::integer`.as('call'),
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
      .orderBy(sql`started_at desc`)
      .limit(mostCalls),
  );
  return { presences, numbered, calls };
}

/** Of a page: the calls of years in most meetings. */
const MOST_PRESENCES = 10_000;

/** In the place of an id of its cursors. */
const CALL = 'call';

/** Milliseconds: the time for which quality is kept by default. */
const DEFAULT_SPAN = 30 * 86_400_000;
