import type { Occurrence, ScheduledMeeting, ScheduleQuery } from '@waterbus/protocol';
import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { meetings, members } from '../database/schema.js';
import { occurrencesFrom } from '../meeting/occurrences.js';

/**
 * The next occurrences of the meetings of which the user is a member, the earliest first. Of a user
 * with more than `MOST_MEETINGS` meetings the last active ones count: a new date is an activity too.
 */
export async function scheduledMeetings(
  queries: Queries,
  userId: string,
  { before, limit }: ScheduleQuery,
  now: number,
): Promise<ScheduledMeeting[]> {
  const range = { from: now, before: before === undefined ? Number.POSITIVE_INFINITY : Date.parse(before) };
  const rows = await lastActiveScheduled(queries, userId, now);
  return earliest(
    rows.map(({ code, title, scheduledStart, schedule }) => ({
      meeting: { code, title },
      repeats: Boolean(schedule?.repeats),
      occurrences: occurrencesFrom({ scheduledStart, schedule }, range),
    })),
    limit,
  );
}

async function lastActiveScheduled(queries: Queries, userId: string, now: number) {
  const active = queries.$with('active').as(
    queries
      .select({ meetingId: members.meetingId })
      .from(members)
      .where(and(eq(members.userId, userId), eq(members.archived, false), eq(members.state, 'joined')))
      .orderBy(desc(sql`coalesce(${members.activeAt}, ${members.createdAt})`), desc(members.id))
      .limit(MOST_MEETINGS),
  );
  const scheduled = queries
    .select({
      code: meetings.code,
      title: meetings.title,
      scheduledStart: meetings.scheduledStart,
      schedule: meetings.schedule,
    })
    .from(meetings)
    .where(
      and(
        eq(meetings.id, active.meetingId),
        isNull(meetings.archivedAt),
        isNotNull(meetings.scheduledStart),
        // The longest duration is a day.
        sql`(${meetings.scheduledStart} > ${new Date(now - DAY).toISOString()}
          or jsonb_typeof(${meetings.schedule} -> 'repeats') = 'object')`,
      ),
    )
    // One row by its key, whatever the planner expects of a join.
    .limit(1)
    .as('scheduled');
  return queries
    .with(active)
    .select({
      code: scheduled.code,
      title: scheduled.title,
      scheduledStart: scheduled.scheduledStart,
      schedule: scheduled.schedule,
    })
    .from(active)
    .innerJoinLateral(scheduled, sql`true`);
}

interface Dates extends Pick<ScheduledMeeting, 'meeting' | 'repeats'> {
  /** In order. Each one costs, so only those that are shown are computed, and one more of each meeting. */
  occurrences: Generator<Occurrence, undefined>;
}

function earliest(meetingsWithDates: Dates[], limit: number): ScheduledMeeting[] {
  const next = meetingsWithDates.flatMap((of) => advanced(of));
  const found: ScheduledMeeting[] = [];
  while (found.length < limit && next.length > 0) {
    let first = 0;
    for (let index = 1; index < next.length; index += 1) {
      if (isBefore(next[index]!.shown, next[first]!.shown)) first = index;
    }
    const [{ of, shown }] = next.splice(first, 1) as [(typeof next)[number]];
    found.push(shown);
    next.push(...advanced(of));
  }
  return found;
}

/** With its next date; nothing after the last one. */
function advanced(of: Dates): { of: Dates; shown: ScheduledMeeting }[] {
  const { value } = of.occurrences.next();
  return value ? [{ of, shown: { ...value, meeting: of.meeting, repeats: of.repeats } }] : [];
}

function isBefore(a: ScheduledMeeting, b: ScheduledMeeting): boolean {
  return a.start < b.start || (a.start === b.start && a.meeting.code < b.meeting.code);
}

/** Milliseconds. */
const DAY = 86_400_000;

/** Of a user: years of meetings of every day. */
const MOST_MEETINGS = 1_000;
