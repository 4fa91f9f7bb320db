import { and, asc, eq, inArray, ne, or, sql } from 'drizzle-orm';
import { ownerOfUser } from '../access/principal.js';
import { audit, serverItself } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { admissions, type MeetingRow, meetings, members, users } from '../database/schema.js';
import type { LiveCalls } from '../live/live-calls.js';
import { setRole } from '../live/rights.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import { record } from '../webhooks/outbox.js';

export interface InheritedMeetings {
  inherited: { meeting: MeetingRow; hostId: string }[];
  /** Ids of meetings without a possible host. */
  deleted: string[];
}

/**
 * Finds another host for every meeting that a user hosts or owns (M3): the moderator who joined
 * first, otherwise the member who did. If there is none, a host token or a back end continues to
 * manage the meeting, or it is deleted. Locks the meetings and the user.
 */
export async function leaveMeetings(
  transaction: Queries,
  live: Pick<LiveCalls, 'revokeTokens'>,
  userId: string,
  at: Date,
): Promise<InheritedMeetings> {
  const result: InheritedMeetings = { inherited: [], deleted: [] };
  for (const meeting of await lockMeetingsOf(transaction, userId)) {
    const heir = await succeed(transaction, meeting, userId);
    const hostId = heir?.userId;
    const ours = meeting.owner === ownerOfUser(userId);
    if (hostId === undefined && (ours || meeting.owner === null) && meeting.hostTokenHash === null) {
      // Their rows are deleted with the meeting, and afterwards nobody could find them to reject
      // their holders (R8).
      await live.revokeTokens(meeting.id, undefined, transaction);
      await transaction.delete(meetings).where(eq(meetings.id, meeting.id));
      result.deleted.push(meeting.id);
      continue;
    }
    const owner = ours ? (hostId === undefined ? null : ownerOfUser(hostId)) : meeting.owner;
    const hostTokenHash = hostId === undefined ? meeting.hostTokenHash : null;
    const [changed] = await transaction
      .update(meetings)
      .set({ owner, hostTokenHash })
      .where(eq(meetings.id, meeting.id))
      .returning();
    if (!changed || hostId === undefined) continue;
    await record(transaction, changed.owner, 'meeting.updated', { meeting: shownMeeting(changed) }, at);
    if (heir?.isNew) {
      const event = { action: 'meeting.handed-over', meetingId: meeting.id, target: heir.memberId } as const;
      await audit(transaction, serverItself, at, { ...event, details: { because: 'account-deleted' } });
    }
    result.inherited.push({ meeting: changed, hostId });
  }
  return result;
}

/**
 * Locks meetings before the user, and in the common order. Repeats the query to find meetings that
 * the user came to host in the meantime, until none can be added.
 */
export async function lockMeetingsOf(transaction: Queries, userId: string): Promise<MeetingRow[]> {
  const hosted = transaction
    .select({ id: members.meetingId })
    .from(members)
    .where(and(eq(members.userId, userId), eq(members.role, 'host')));
  const concerned = or(inArray(meetings.id, hosted), eq(meetings.owner, ownerOfUser(userId)));
  const lock = () => transaction.select().from(meetings).where(concerned).orderBy(asc(meetings.id)).for('update');
  await lock();
  await transaction.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('update');
  // Waits for a transaction that makes the user the host of a meeting.
  await transaction.select({ id: members.id }).from(members).where(eq(members.userId, userId)).for('update');
  return lock();
}

/** The host from now on; `isNew`: they were not the host before. */
async function succeed(
  transaction: Queries,
  meeting: MeetingRow,
  userId: string,
): Promise<{ userId: string; memberId: string; isNew: boolean } | undefined> {
  const ofMeeting = and(eq(members.meetingId, meeting.id), eq(members.state, 'joined'));
  const [heir] = await transaction
    .select({ id: members.id, userId: members.userId, role: members.role })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(ofMeeting, ne(members.userId, userId)))
    .orderBy(
      sql`case ${members.role} when 'host' then 0 when 'moderator' then 1 else 2 end`,
      members.createdAt,
      members.id,
    )
    .limit(1)
    // Skips accounts that are being deleted at this moment; the heir finds the meeting when
    // deleting theirs next.
    .for('key share', { of: users, skipLocked: true });
  if (!heir?.userId) return undefined;
  if (heir.role === 'host') return { userId: heir.userId, memberId: heir.id, isNew: false };
  // Demote the old host first: a second host would violate the index that enforces M3.
  await transaction
    .update(members)
    .set({ role: 'member' })
    .where(and(ofMeeting, eq(members.role, 'host')));
  await transaction.update(members).set({ role: 'host' }).where(eq(members.id, heir.id));
  // Participants that joined by a host token which no longer counts.
  await transaction
    .update(admissions)
    .set({ role: 'moderator' })
    .where(and(eq(admissions.meetingId, meeting.id), eq(admissions.role, 'host')));
  await setRole(transaction, meeting.id, heir.userId, 'host');
  return { userId: heir.userId, memberId: heir.id, isNew: true };
}
