import type { CallsQuery, MeetingCall } from '@waterbus/protocol';
import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { participants, qualityMinutes } from '../database/schema.js';
import { IMPAIRED } from './stored-row.js';

/**
 * The last calls of a meeting in which somebody joined between `from` and `to`, newest first. A
 * call is a run of presences without a moment between them, hidden ones aside.
 */
export async function listCalls(
  queries: Queries,
  meetingId: string,
  { from, to }: CallsQuery,
  now: number,
): Promise<MeetingCall[]> {
  const until = to === undefined ? now : Date.parse(to);
  const since = from === undefined ? until - DEFAULT_SPAN : Date.parse(from);
  const { presences, numbered, calls } = callsBetween(
    queries,
    meetingId,
    new Date(Math.max(0, since)),
    new Date(until),
  );
  const minuteOf = (at: unknown) => sql`floor(extract(epoch from ${at}) / 60)::integer`;
  const minutes = queries
    .select({
      all: sql<number>`count(*)::integer`.as('all_minutes'),
      poor: sql<number>`(count(*) filter (where ${qualityMinutes.quality} >= ${IMPAIRED}))::integer`.as('poor_minutes'),
    })
    .from(qualityMinutes)
    .where(
      and(
        eq(qualityMinutes.meetingId, meetingId),
        sql`${qualityMinutes.minute} >= ${minuteOf(calls.startedAt)}`,
        sql`${qualityMinutes.minute} <= coalesce(${minuteOf(calls.endedAt)}, 2147483647)`,
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
  return rows.map(({ startedAt, endedAt, ...counts }) => ({
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    ...counts,
  }));
}

/** Presences, each with the number of its call; and the calls, without those of hidden participants. */
function callsBetween(queries: Queries, meetingId: string, since: Date, until: Date) {
  const order = sql`order by ${participants.joinedAt}, ${participants.id}`;
  const presences = queries.$with('presences').as(
    queries
      .select({
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
        startedAt: sql<Date>`min(${numbered.joinedAt})`.mapWith(participants.joinedAt).as('started_at'),
        endedAt: sql<Date | null>`case when bool_and(${numbered.leftAt} is not null) then max(${numbered.leftAt}) end`
          .mapWith(participants.joinedAt)
          .as('ended_at'),
        participants: sql<number>`count(*)::integer`.as('participants'),
      })
      .from(numbered)
      .groupBy(numbered.call)
      .orderBy(sql`started_at desc`)
      .limit(MOST_CALLS),
  );
  return { presences, numbered, calls };
}

const MOST_CALLS = 100;

/** Milliseconds: the time for which quality is kept by default. */
const DEFAULT_SPAN = 30 * 86_400_000;
