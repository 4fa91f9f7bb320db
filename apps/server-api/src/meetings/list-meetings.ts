import type { MemberMeeting, Page } from '@waterbus/protocol';
import { and, desc, eq, isNotNull, isNull } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { meetings, members } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { shownMeeting } from './shown-meeting.js';
import { shownMembership } from './shown-membership.js';

export interface MeetingsQuery {
  archived: boolean;
  cursor?: string | undefined;
  limit: number;
}

/** Meetings that a user is a member of, the newest membership first. */
export async function meetingsOfUser(
  queries: Queries,
  userId: string,
  { archived, cursor, limit }: MeetingsQuery,
): Promise<Page<MemberMeeting>> {
  const rows = await queries
    .select({ meeting: meetings, member: members })
    .from(members)
    .innerJoin(meetings, eq(meetings.id, members.meetingId))
    .where(
      and(
        eq(members.userId, userId),
        eq(members.archived, archived),
        eq(members.state, 'joined'),
        beyond(cursor, { at: members.createdAt, id: members.id }, 'descending'),
      ),
    )
    .orderBy(desc(members.createdAt), desc(members.id))
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    ({ member }) => ({ at: member.createdAt, id: member.id }),
    ({ meeting, member }) => ({ ...shownMeeting(meeting), membership: shownMembership(meeting, member) }),
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
