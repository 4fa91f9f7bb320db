import { CodedError, type Member, type MemberRole } from '@waterbus/protocol';
import { and, eq, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { newSecret } from '../access/secrets.js';
import { type MeetingRow, members, users } from '../database/schema.js';
import { type Mail, mailConfigured, queueMail } from '../mail/mail-queue.js';
import { changeMeeting } from '../meetings/change-meeting.js';
import type { ApiParts } from '../parts.js';
import { checkMemberCount } from './member-count.js';
import { checkRank } from './rank.js';
import { memberWithId } from './shown-member.js';

/** Invites an address; the mail leaves once this is committed. Rejects with `member.exists` who is a member or invited. */
export async function inviteMember(
  parts: ApiParts,
  request: FastifyRequest,
  { email, role }: { email: string; role: MemberRole },
): Promise<{ member: Member; invitationToken: string; mailed: boolean }> {
  await parts.limits.countBy('invite', request.access.meeting.id);
  const invitation = newSecret();
  const mailed = mailConfigured(parts);
  const createdAt = new Date(parts.clock.date());
  const member = await changeMeeting(parts, request, 'invite', async (transaction, { meeting, standing }) => {
    checkRank(standing, role);
    await checkMemberCount(transaction, meeting.id);
    const [there] = await transaction
      .select({ id: members.id })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(eq(users.email, email), eq(members.meetingId, meeting.id)));
    if (there) throw new CodedError('member.exists');
    const [row] = await transaction
      .insert(members)
      .values({ meetingId: meeting.id, email, role, state: 'invited', tokenHash: invitation.hash, createdAt })
      .onConflictDoNothing({ target: [members.meetingId, members.email], where: sql`state = 'invited'` })
      .returning({ id: members.id });
    if (!row) throw new CodedError('member.exists');
    if (mailed) await queueMail(transaction, invitationMail(parts, meeting, email, invitation.secret), createdAt);
    return memberWithId(transaction, row.id, true);
  });
  await parts.live.announce(request.access.meeting.id, { type: 'members.changed' });
  return { member, invitationToken: invitation.secret, mailed };
}

function invitationMail({ options }: ApiParts, { title }: MeetingRow, recipient: string, token: string): Mail {
  // Behind `#`, so that it stands in no server's log.
  const address = `${new URL('/invitation', options.publicUrl)}#token=${token}`;
  return {
    recipient,
    subject: `Invitation to ${title}`,
    text: `You are invited to become a member of the meeting “${title}”.\n\nAccept or decline here:\n${address}\n`,
  };
}
