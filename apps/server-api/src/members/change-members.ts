import { CodedError, type Member, type MemberRole } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { type AuditEvent, actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, type MemberRow, members } from '../database/schema.js';
import { enforceRights, expel, removeAdmissions, setRole } from '../live/rights.js';
import { settingsOf } from '../meeting/settings.js';
import type { ApiParts } from '../parts.js';
import { checkRank } from './rank.js';
import { memberWithId } from './shown-member.js';

/** Also for an invited member. A member in the call has the new role there at once (R7). */
export async function changeRole(
  parts: ApiParts,
  request: FastifyRequest,
  memberId: string,
  role: MemberRole,
): Promise<Member> {
  const { member, userId } = await changeMeeting(parts, request, 'changeRole', async (transaction, access) => {
    const row = await find(transaction, access.meeting, memberId);
    checkRank(access.standing, row.role);
    await transaction.update(members).set({ role }).where(eq(members.id, row.id));
    const joined = row.state === 'joined' ? row.userId : null;
    if (joined) await setRole(transaction, access.meeting.id, joined, role);
    if (row.role !== role) {
      const event = { action: 'member.role-changed', meetingId: access.meeting.id, target: row.id } as const;
      await audit(transaction, actorOf(request), new Date(parts.clock.date()), { ...event, details: { role } });
    }
    return { member: await memberWithId(transaction, row.id, true), userId: joined };
  });
  try {
    if (userId) await enforceRights(parts, request.access.meeting.id, userId);
  } finally {
    await parts.live.publish(request.access.meeting.id, { type: 'members.changed' });
  }
  return member;
}

/**
 * Ends a membership or withdraws an invitation. A removed participant in the call becomes a guest,
 * or is removed from a members-only meeting.
 */
export async function removeMember(parts: ApiParts, request: FastifyRequest, memberId: string): Promise<void> {
  await drop(parts, request, 'removeMember', async (transaction, { meeting, standing }) => {
    const row = await find(transaction, meeting, memberId);
    checkRank(standing, row.role);
    return row;
  });
}

/** The same for oneself. Rejects with `member.is_host` (M3). */
export async function leaveMembers(parts: ApiParts, request: FastifyRequest): Promise<void> {
  await drop(parts, request, 'leaveMembers', async (_transaction, { member }) => {
    if (member?.state !== 'joined') throw new CodedError('member.not_found');
    if (member.role === 'host') throw new CodedError('member.is_host');
    return member;
  });
}

async function drop(
  parts: ApiParts,
  request: FastifyRequest,
  action: 'removeMember' | 'leaveMembers',
  whom: (transaction: Queries, access: FastifyRequest['access']) => Promise<MemberRow>,
): Promise<void> {
  const { userId, membersOnly } = await changeMeeting(parts, request, action, async (transaction, access) => {
    const row = await whom(transaction, access);
    await transaction.delete(members).where(eq(members.id, row.id));
    const membersOnly = settingsOf(access.meeting).access === 'members';
    if (row.userId && membersOnly) await removeAdmissions(transaction, access.meeting.id, row.userId);
    else if (row.userId) await setRole(transaction, access.meeting.id, row.userId, 'guest');
    const about = { meetingId: access.meeting.id, target: row.id };
    const event: AuditEvent =
      action === 'leaveMembers'
        ? { action: 'member.left', ...about }
        : { action: 'member.removed', ...about, details: { state: row.state } };
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
    return { userId: row.userId, membersOnly };
  });
  const meetingId = request.access.meeting.id;
  try {
    if (userId) await (membersOnly ? expel : enforceRights)(parts, meetingId, userId);
  } finally {
    await parts.live.publish(meetingId, { type: 'members.changed' });
    if (userId) await parts.live.notifyUser(userId, { type: 'meetings.changed' });
  }
}

async function find(transaction: Queries, meeting: MeetingRow, memberId: string): Promise<MemberRow> {
  const [row] = await transaction
    .select()
    .from(members)
    .where(and(eq(members.id, memberId), eq(members.meetingId, meeting.id)));
  if (!row) throw new CodedError('member.not_found');
  return row;
}
