import { and, eq, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { meetings, members } from '../database/schema.js';

type Changing = Pick<Queries, 'update'>;

/*
 * Users read their meetings by last activity: messages, beginnings and ends of calls, and new dates.
 * Each member has a copy of the moment, and meetings are active all the time. Copies are therefore
 * raised once a minute at most. A moment never goes back.
 */

/** A new value of `meetings.active_at`: `at`, or the old one when it is of the same minute. */
export function activeAtFrom(at: Date): SQL {
  return sql`case when ${isStale(at)} then ${at.toISOString()}::timestamptz else ${meetings.activeAt} end`;
}

/** For the members; the transaction has locked the meeting, so that two of them do not wait for each other. */
export async function raiseMembers(transaction: Changing, meetingId: string, at: Date): Promise<void> {
  await transaction
    .update(members)
    .set({ activeAt: at })
    .where(and(eq(members.meetingId, meetingId), eq(members.state, 'joined'), isEarlier(at)));
}

/** The same for both the meeting, which the transaction has locked, and its members. */
export async function raiseActivity(transaction: Changing, meetingId: string, at: Date): Promise<void> {
  const raised = await transaction
    .update(meetings)
    .set({ activeAt: at })
    .where(and(eq(meetings.id, meetingId), isStale(at)))
    .returning({ id: meetings.id });
  if (raised.length > 0) await raiseMembers(transaction, meetingId, at);
}

/** For one member alone: others must not learn of it. */
export async function raiseMember(queries: Changing, meetingId: string, userId: string, at: Date): Promise<void> {
  await queries
    .update(members)
    .set({ activeAt: at })
    .where(and(eq(members.meetingId, meetingId), eq(members.userId, userId), isEarlier(minuteBefore(at))));
}

function isStale(at: Date): SQL | undefined {
  return or(isNull(meetings.activeAt), lt(meetings.activeAt, minuteBefore(at)));
}

function isEarlier(at: Date): SQL | undefined {
  return or(isNull(members.activeAt), lt(members.activeAt, at));
}

function minuteBefore(at: Date): Date {
  return new Date(at.getTime() - MINUTE);
}

/** Milliseconds. */
const MINUTE = 60_000;
