import { CodedError, type Meeting } from '@waterbus/protocol';
import { and, eq, isNull, ne, or } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { ownerOfUser } from '../access/principal.js';
import { actorOf, audit } from '../audit/audit-log.js';
import { admissions, meetings, members } from '../database/schema.js';
import { enforceRights, setRole } from '../live/rights.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import type { ApiParts } from '../parts.js';
import { record } from '../webhooks/outbox.js';

/**
 * M3: makes a member the one host, in one transaction. The old host becomes a moderator; an earlier
 * host token no longer counts. Rejects with `member.not_found` when the user has not joined the
 * members.
 */
export async function handOver(parts: ApiParts, request: FastifyRequest, userId: string): Promise<Meeting> {
  const row = await changeMeeting(parts, request, 'handOver', async (transaction, { meeting }) => {
    const ofMeeting = eq(members.meetingId, meeting.id);
    const [next] = await transaction
      .select({ id: members.id, role: members.role })
      .from(members)
      .where(and(ofMeeting, eq(members.userId, userId), eq(members.state, 'joined')))
      // Not a member whose account is being deleted at this moment.
      .for('no key update');
    if (!next) throw new CodedError('member.not_found');
    if (next.role === 'host') return meeting;
    // Demote the old host first: a second host would violate the index that enforces M3.
    await transaction
      .update(members)
      .set({ role: 'moderator' })
      .where(and(ofMeeting, eq(members.role, 'host')));
    await transaction.update(members).set({ role: 'host' }).where(eq(members.id, next.id));
    await transaction
      .update(admissions)
      .set({ role: 'moderator' })
      .where(
        and(
          eq(admissions.meetingId, meeting.id),
          eq(admissions.role, 'host'),
          or(isNull(admissions.userId), ne(admissions.userId, userId)),
        ),
      );
    await setRole(transaction, meeting.id, userId, 'host');
    const [changed] = await transaction
      .update(meetings)
      .set({
        hostTokenHash: null,
        ...(meeting.owner?.startsWith('key:') ? {} : { owner: ownerOfUser(userId) }),
      })
      .where(eq(meetings.id, meeting.id))
      .returning();
    if (!changed) throw new Error('a locked meeting is gone');
    const at = new Date(parts.clock.date());
    await record(transaction, changed.owner, 'meeting.updated', { meeting: shownMeeting(changed) }, at);
    const event = { action: 'meeting.handed-over', meetingId: meeting.id, target: next.id } as const;
    await audit(transaction, actorOf(request), at, { ...event, details: { because: 'asked' } });
    return changed;
  });
  const meeting = shownMeeting(row);
  try {
    await enforceRights(parts, row.id);
  } finally {
    await parts.live.publish(row.id, { type: 'meeting.updated', meeting });
    await parts.live.publish(row.id, { type: 'members.changed' });
  }
  return meeting;
}
