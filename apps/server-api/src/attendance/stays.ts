import type { Attendance, AttendanceFileQuery, AttendanceQuery, Page } from '@waterbus/protocol';
import { and, asc, eq, gt, isNull, lt, or, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type ParticipantRow, participants } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';

type Stay = Pick<ParticipantRow, 'id' | 'name' | 'userId' | 'role' | 'joinedAt' | 'leftAt'>;
type Range = Pick<AttendanceQuery, 'from' | 'to'>;

/** The stays in the calls of a meeting, in the order of joining. Hidden participants have none. */
export async function attendanceOf(
  queries: Queries,
  meetingId: string,
  { cursor, limit, ...range }: AttendanceQuery,
): Promise<Page<Attendance>> {
  const after = beyond(cursor, { at: participants.joinedAt, id: participants.id }, 'ascending');
  const rows = await stays(queries, and(within(meetingId, range), after), limit + 1);
  return pageOfRows(rows, limit, ({ joinedAt, id }) => ({ at: joinedAt, id }), shown);
}

/** The same for a file: the first `MOST_STAYS`. */
export async function allStays(
  queries: Queries,
  meetingId: string,
  range: Pick<AttendanceFileQuery, 'from' | 'to'>,
): Promise<Stay[]> {
  return stays(queries, within(meetingId, range), MOST_STAYS);
}

function stays(queries: Queries, where: SQL | undefined, limit: number): Promise<Stay[]> {
  const { id, name, userId, role, joinedAt, leftAt } = participants;
  return queries
    .select({ id, name, userId, role, joinedAt, leftAt })
    .from(participants)
    .where(where)
    .orderBy(asc(participants.joinedAt), asc(participants.id))
    .limit(limit);
}

function within(meetingId: string, { from, to }: Range): SQL | undefined {
  return and(
    eq(participants.meetingId, meetingId),
    eq(participants.hidden, false),
    from === undefined ? undefined : or(isNull(participants.leftAt), gt(participants.leftAt, new Date(from))),
    to === undefined ? undefined : lt(participants.joinedAt, new Date(to)),
  );
}

function shown({ id, name, userId, role, joinedAt, leftAt }: Stay): Attendance {
  return {
    participantId: id,
    name,
    userId,
    role,
    joinedAt: joinedAt.toISOString(),
    leftAt: leftAt?.toISOString() ?? null,
  };
}

/** A megabyte of text. */
const MOST_STAYS = 10_000;
