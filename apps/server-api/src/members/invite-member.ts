import { CodedError, type Member, type MemberRole } from '@waterbus/protocol';
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { ownerOfKey, ownerOfUser, type Principal, userIdOf } from '../access/principal.js';
import { newSecret } from '../access/secrets.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, members, users } from '../database/schema.js';
import { mailConfigured, queueMail } from '../mail/mail-queue.js';
import { mailboxTakes } from '../mail/mail-quota.js';
import { mailText } from '../mail/mail-texts.js';
import type { ApiParts } from '../parts.js';
import { calendarFile } from '../schedules/calendar-file.js';
import { checkMemberCount } from './member-count.js';
import { checkRank } from './rank.js';
import { memberWithId } from './shown-member.js';

/**
 * Invites an address. After the commit a mail is sent if a verified account or a key of the
 * settings invites: all other inviters hand over the token themselves, so that they cannot use this
 * server to write to strangers. Rejects with `member.exists` for a member or an invited address.
 */
export async function inviteMember(
  parts: ApiParts,
  request: FastifyRequest,
  { email, role }: { email: string; role: MemberRole },
): Promise<{ member: Member; invitationToken: string; mailed: boolean }> {
  await parts.limits.countBy('invite', request.access.meeting.id);
  const invitation = newSecret();
  const sender = mailConfigured(parts) ? await senderOf(parts.queries, request.principal) : undefined;
  if (sender) {
    await parts.limits.countBy('mailBySender', sender.key);
    await parts.limits.count('mailByAddress', request.ip);
  }
  const mailed = sender !== undefined && (await mailboxTakes(parts.limits, 'invitation', email));
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
    if (mailed) {
      // Behind `#`, so that no server logs it.
      const { publicUrl, brandName } = parts.options;
      const link = `${new URL('/invitation', publicUrl)}#token=${invitation.secret}`;
      const mail = { recipient: email, ...mailText('invitation', link, { invitedBy: sender.email, brandName }) };
      await queueMail(transaction, { ...mail, ...attachedCalendar(parts, meeting, createdAt) }, createdAt);
    }
    return memberWithId(transaction, row.id, true);
  });
  await parts.live.publish(request.access.meeting.id, { type: 'members.changed' });
  return { member, invitationToken: invitation.secret, mailed };
}

/** Of a scheduled meeting. Without its title, which the inviter could have chosen for the mail. */
function attachedCalendar(
  { options }: Pick<ApiParts, 'options'>,
  { scheduledStart, ...meeting }: MeetingRow,
  at: Date,
): { calendar?: string } {
  if (!scheduledStart || options.publicUrl === undefined) return {};
  const how = { page: options.publicUrl, title: 'Meeting', now: at.getTime() };
  return { calendar: calendarFile({ ...meeting, scheduledStart }, how) };
}

/**
 * The account or key for which the mail counts; undefined: none, so no mail. Keys of the settings
 * belong to the operator of the server.
 */
async function senderOf(queries: Queries, principal: Principal): Promise<{ key: string; email?: string } | undefined> {
  if (principal.type === 'api-key' && principal.owner === ownerOfKey(principal.apiKeyId))
    return { key: principal.owner };
  const owner = principal.type === 'api-key' ? principal.owner : undefined;
  const userId = owner?.startsWith(USER) ? owner.slice(USER.length) : userIdOf(principal);
  if (!userId) return undefined;
  const [user] = await queries
    .select({ email: users.email })
    .from(users)
    .where(and(eq(users.id, userId), isNotNull(users.emailVerifiedAt)));
  return user && { key: ownerOfUser(userId), email: user.email };
}

const USER = ownerOfUser('');
