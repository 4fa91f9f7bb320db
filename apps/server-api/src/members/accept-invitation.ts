import { CodedError, type Member, type MemberRole } from '@waterbus/protocol';
import { and, eq, gt, isNull, lt, not, or, type SQL, sql } from 'drizzle-orm';
import { bannedNetwork, bannedUser } from '../access/banned.js';
import { audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { inviteLinks, type MeetingRow, meetings, members } from '../database/schema.js';
import { enforceRights, setRole } from '../live/rights.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import type { ApiParts } from '../parts.js';
import type { Invited } from './invitations.js';
import { checkMemberCount } from './member-count.js';
import { memberWithId } from './shown-member.js';

/**
 * Makes the user a member; a participant in the call gets the role at once. Rejects with
 * `invitation.not_found` if the invitation was withdrawn or used up, the meeting is archived, or
 * the user is banned from it; with `member.exists`. Many people know a link: unlike a personal
 * invitation, it does not override a ban of their `network`.
 */
export async function accept(
  parts: ApiParts,
  { userId, network }: { userId: string; network: string },
  invited: Invited,
): Promise<{ code: string; member: Member }> {
  const { meetingId } = invited;
  const accepted = await parts.queries.transaction(async (transaction) => {
    await lockMeeting(transaction, meetingId, 'no key update');
    const banned = 'memberId' in invited ? bannedUser(userId) : or(bannedUser(userId), bannedNetwork(network));
    const meeting = await openTo(transaction, meetingId, banned);
    const ofUser = and(eq(members.meetingId, meetingId), eq(members.userId, userId));
    const [there] = await transaction.select({ id: members.id }).from(members).where(ofUser);
    if (there) throw new CodedError('member.exists');
    const { id, role } =
      'memberId' in invited
        ? await joinAsInvited(transaction, invited.memberId, userId, new Date(parts.clock.date()))
        : await joinByLink(transaction, invited.linkId, meetingId, userId, new Date(parts.clock.date()));
    await setRole(transaction, meetingId, userId, role);
    const details = { role, by: 'memberId' in invited ? 'invitation' : 'link' } as const;
    const at = new Date(parts.clock.date());
    const actor = { kind: 'user', id: userId, network } as const;
    await audit(transaction, actor, at, { action: 'member.joined', meetingId, target: id, details });
    return { code: meeting.code, member: await memberWithId(transaction, id, false) };
  });
  try {
    await enforceRights(parts, meetingId, userId);
  } finally {
    await parts.live.publish(meetingId, { type: 'members.changed' });
    await parts.live.notifyUser(userId, { type: 'meetings.changed' });
  }
  return accepted;
}

interface Joined {
  id: string;
  role: MemberRole;
}

async function openTo(transaction: Queries, meetingId: string, banned: SQL | undefined): Promise<MeetingRow> {
  const [meeting] = await transaction
    .select()
    .from(meetings)
    .where(and(eq(meetings.id, meetingId), isNull(meetings.archivedAt), banned && not(banned)));
  if (!meeting) throw new CodedError('invitation.not_found');
  return meeting;
}

async function joinAsInvited(transaction: Queries, memberId: string, userId: string, now: Date): Promise<Joined> {
  const [row] = await transaction
    .update(members)
    // The invitation may be old: the meeting is new to this user now.
    .set({ userId, state: 'joined', email: null, tokenHash: null, activeAt: now })
    .where(and(eq(members.id, memberId), eq(members.state, 'invited')))
    .returning({ id: members.id, role: members.role });
  if (!row) throw new CodedError('invitation.not_found');
  return row;
}

async function joinByLink(
  transaction: Queries,
  linkId: string,
  meetingId: string,
  userId: string,
  now: Date,
): Promise<Joined> {
  // Counted and checked in one statement: of two concurrent requests for the last use, one gets it.
  const [link] = await transaction
    .update(inviteLinks)
    .set({ uses: sql`${inviteLinks.uses} + 1` })
    .where(
      and(
        eq(inviteLinks.id, linkId),
        gt(inviteLinks.expiresAt, now),
        or(isNull(inviteLinks.maxUses), lt(inviteLinks.uses, inviteLinks.maxUses)),
      ),
    )
    .returning({ role: inviteLinks.role });
  if (!link) throw new CodedError('invitation.not_found');
  await checkMemberCount(transaction, meetingId);
  const { role } = link;
  const [row] = await transaction
    .insert(members)
    .values({ meetingId, userId, role, state: 'joined', createdAt: now })
    .returning({ id: members.id });
  if (!row) throw new Error('no row for a member');
  return { id: row.id, role };
}
