import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type MemberRow, meetings, members } from '../database/schema.js';

export interface Membership {
  meetingId: string;
  meetingCode: string;
  role: MemberRow['role'];
}

/**
 * The user's memberships in meetings that are not archived, the latest first. `meetingIds`: only of
 * these.
 */
export async function membershipsOf(queries: Queries, userId: string, meetingIds?: string[]): Promise<Membership[]> {
  return queries
    .select({ meetingId: members.meetingId, meetingCode: meetings.code, role: members.role })
    .from(members)
    .innerJoin(meetings, eq(meetings.id, members.meetingId))
    .where(
      and(
        eq(members.userId, userId),
        eq(members.archived, false),
        eq(members.state, 'joined'),
        meetingIds && inArray(members.meetingId, meetingIds),
      ),
    )
    .orderBy(desc(members.createdAt), desc(members.id))
    .limit(MOST_MEETINGS);
}

/**
 * Topics that one stream follows: far more than anybody reads, and a bound on the cost of one
 * reader.
 */
const MOST_MEETINGS = 1000;
