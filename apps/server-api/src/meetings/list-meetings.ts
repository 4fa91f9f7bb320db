import type { MemberMeeting, Page } from '@waterbus/protocol';
import { and, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type MeetingRow, type MemberRow, meetings, members } from '../database/schema.js';
import { statement, type ValueOf } from '../database/statement.js';
import { beyond, pageOfRows, past, positionOf } from '../http/paging.js';
import { type ShownColumns, shownColumns, shownMeeting } from '../meeting/shown-meeting.js';
import { shownMembership } from './shown-membership.js';

export interface MeetingsQuery {
  archived: boolean;
  cursor?: string | undefined;
  limit: number;
}

/** Meetings with this user as a member, the newest membership first. */
export async function meetingsOfUser(
  queries: Queries,
  userId: string,
  { archived, cursor, limit }: MeetingsQuery,
): Promise<Page<MemberMeeting>> {
  const position = positionOf(cursor, members.id);
  const values = { userId, archived, limit: limit + 1 };
  const rows = await (position ? nextOfUser(queries, { ...values, ...position }) : firstOfUser(queries, values));
  return pageOfRows(
    rows,
    limit,
    ({ member }) => ({ at: member.createdAt, id: member.id }),
    ({ meeting, member }) => ({ ...shownMeeting(meeting), membership: shownMembership(meeting, member) }),
  );
}

interface PageOfUser {
  userId: string;
  archived: boolean;
  limit: number;
  /** From the cursor; absent for the first page. */
  at?: string;
  id?: string;
}

interface UsersMeeting {
  meeting: ShownColumns & Pick<MeetingRow, 'lastSeq'>;
  member: Pick<MemberRow, 'id' | 'role' | 'state' | 'lastReadSeq' | 'createdAt'>;
}

const firstOfUser = pageOfUser(() => undefined);
const nextOfUser = pageOfUser((value) =>
  past({ at: value('at'), id: value('id') }, { at: members.createdAt, id: members.id }, 'descending'),
);

/** Reads only the columns of the answer: fifty rows of all columns cost twice as much. */
function pageOfUser(from: (value: ValueOf<PageOfUser>) => SQL | undefined) {
  const { id, role, state, lastReadSeq, createdAt } = members;
  return statement<PageOfUser, UsersMeeting[]>((queries, value) =>
    queries
      .select({
        meeting: { ...shownColumns, lastSeq: meetings.lastSeq },
        member: { id, role, state, lastReadSeq, createdAt },
      })
      .from(members)
      .innerJoin(meetings, eq(meetings.id, members.meetingId))
      .where(
        and(
          eq(members.userId, value('userId')),
          eq(members.archived, value('archived')),
          // A literal: a generic plan would not know that most rows have this value.
          eq(members.state, sql`'joined'`),
          from(value),
        ),
      )
      .orderBy(desc(members.createdAt), desc(members.id))
      .limit(sql.placeholder('limit')),
  );
}

/** Meetings that belong to an API key or to its user, the newest first. */
export async function meetingsOfOwner(
  queries: Queries,
  owner: string,
  { archived, cursor, limit }: MeetingsQuery,
): Promise<Page<MemberMeeting>> {
  const rows = await queries
    .select()
    .from(meetings)
    .where(
      and(
        eq(meetings.owner, owner),
        archived ? isNotNull(meetings.archivedAt) : isNull(meetings.archivedAt),
        beyond(cursor, { at: meetings.createdAt, id: meetings.id }, 'descending'),
      ),
    )
    .orderBy(desc(meetings.createdAt), desc(meetings.id))
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    (meeting) => ({ at: meeting.createdAt, id: meeting.id }),
    (meeting) => ({ ...shownMeeting(meeting), membership: null }),
  );
}
