import { CodedError, type Member, type MemberRole } from '@waterbus/protocol';
import { and, eq, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { newSecret } from '../access/secrets.js';
import { actorOf, audit } from '../audit/audit-log.js';
import { members, users } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import { permittedMail } from './invitation-mail.js';
import { checkMemberCount } from './member-count.js';
import { checkRank } from './rank.js';
import { memberWithId } from './shown-member.js';

/**
 * Invites an address. After the commit a mail is sent if the inviter may send one. Rejects with
 * `member.exists` for a member or an invited address.
 */
export async function inviteMember(
  parts: ApiParts,
  request: FastifyRequest,
  { email, role }: { email: string; role: MemberRole },
): Promise<{ member: Member; invitationToken: string; mailed: boolean }> {
  await parts.limits.countBy('invite', request.access.meeting.id);
  const invitation = newSecret();
  const mail = await permittedMail(parts, request, email);
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
    const event = { action: 'member.invited', meetingId: meeting.id, target: row.id } as const;
    await audit(transaction, actorOf(request), createdAt, { ...event, details: { role } });
    const path = `/invitation#token=${invitation.secret}`;
    await mail?.queue(transaction, { kind: 'invitation', meeting, path, at: createdAt });
    return memberWithId(transaction, row.id, true);
  });
  await parts.live.publish(request.access.meeting.id, { type: 'members.changed' });
  return { member, invitationToken: invitation.secret, mailed: mail !== undefined };
}
