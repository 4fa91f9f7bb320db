import type { ScheduledMeeting, ScheduleQuery } from '@waterbus/protocol';
import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { meetings, members } from '../database/schema.js';
import { occurrencesOf } from '../meeting/occurrences.js';

/** The next occurrences of the meetings of which the user is a member, the earliest first. */
export async function scheduledMeetings(
  queries: Queries,
  userId: string,
  { before, limit }: ScheduleQuery,
  now: number,
): Promise<ScheduledMeeting[]> {
  const range = { from: now, before: before === undefined ? Number.POSITIVE_INFINITY : Date.parse(before), limit };
  const rows = await queries
    .select({
      code: meetings.code,
      title: meetings.title,
      scheduledStart: meetings.scheduledStart,
      schedule: meetings.schedule,
    })
    .from(members)
    .innerJoin(meetings, and(eq(meetings.id, members.meetingId), isNull(meetings.archivedAt)))
    .where(
      and(
        eq(members.userId, userId),
        eq(members.archived, false),
        eq(members.state, 'joined'),
        isNotNull(meetings.scheduledStart),
        // The longest duration is a day.
        sql`(${meetings.scheduledStart} > ${new Date(now - DAY).toISOString()}
          or jsonb_typeof(${meetings.schedule} -> 'repeats') = 'object')`,
      ),
    )
    .orderBy(asc(meetings.scheduledStart), asc(meetings.id))
    .limit(MOST_MEETINGS);
  return rows
    .flatMap(({ code, title, ...scheduled }) =>
      occurrencesOf(scheduled, range).map((occurrence) => ({
        ...occurrence,
        meeting: { code, title },
        repeats: Boolean(scheduled.schedule?.repeats),
      })),
    )
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.meeting.code < b.meeting.code ? -1 : 1))
    .slice(0, limit);
}

/** Milliseconds. */
const DAY = 86_400_000;

/** Of a user, whose next occurrences are computed: far more than a calendar holds. */
const MOST_MEETINGS = 500;
