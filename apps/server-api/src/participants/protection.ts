import { CodedError, type Role } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { Standing } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, type MeetingRow, members } from '../database/schema.js';

/**
 * The current role of a participant: the membership may have changed since the join token was
 * issued.
 */
export async function roleNow(
  queries: Pick<Queries, 'select'>,
  meeting: MeetingRow,
  admission: Pick<AdmissionRow, 'userId' | 'role'>,
): Promise<Role> {
  const { userId, role } = admission;
  // Joined with the host token. It stops counting when the meeting is handed over to a user.
  if (role === 'host' && meeting.hostTokenHash !== null) return 'host';
  if (userId === null) return role;
  const [member] = await queries
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.meetingId, meeting.id), eq(members.userId, userId), eq(members.state, 'joined')));
  return member?.role ?? role;
}

/**
 * M3: nobody removes the host or withdraws the host's rights, and moderators do not do so to each
 * other.
 */
export function checkMayTurnOut(actor: Standing, target: Role): void {
  if (target === 'host' || (target === 'moderator' && actor === 'moderator')) {
    throw new CodedError('permission.denied', `The ${target} can only be muted`);
  }
}
