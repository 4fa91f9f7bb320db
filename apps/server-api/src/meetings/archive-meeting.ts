import type { Meeting } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { wakeAdmission } from '../admission/waiting.js';
import { actorOf, audit } from '../audit/audit-log.js';
import { admissions, meetings, members } from '../database/schema.js';
import { expelAll } from '../live/rights.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import type { ApiParts } from '../parts.js';
import { record } from '../webhooks/outbox.js';

/**
 * M4: from now on the meeting accepts no call and no message. A repeated archive only ends the
 * call, in case that failed before.
 */
export async function archiveMeeting(parts: ApiParts, request: FastifyRequest): Promise<Meeting> {
  const at = new Date(parts.clock.date());
  const { row, waited } = await changeMeeting(parts, request, 'archive', async (transaction, access) => {
    if (access.meeting.archivedAt) return { row: access.meeting, waited: [] };
    const { id, owner } = access.meeting;
    const [archived] = await transaction
      .update(meetings)
      .set({ archivedAt: at })
      .where(eq(meetings.id, id))
      .returning();
    if (!archived) throw new Error('a locked meeting is gone');
    await transaction.update(members).set({ archived: true }).where(eq(members.meetingId, id));
    const denied = await transaction
      .update(admissions)
      .set({ state: 'denied' })
      .where(and(eq(admissions.meetingId, id), eq(admissions.state, 'waiting')))
      .returning({ id: admissions.id });
    await record(transaction, owner, 'meeting.archived', { meeting: shownMeeting(archived) }, at);
    await audit(transaction, actorOf(request), at, { action: 'meeting.archived', meetingId: id });
    return { row: archived, waited: denied };
  });
  const meeting = shownMeeting(row);
  try {
    await expelAll(parts, row.id);
  } finally {
    await parts.live.publish(row.id, { type: 'meeting.updated', meeting });
    for (const { id } of waited) await wakeAdmission(parts, id);
  }
  return meeting;
}
