import type { Meeting, UpdateMeetingRequest } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { hashPassword } from '../access/password.js';
import { checkMeetingPassword } from '../access/weak-passwords.js';
import { type AuditEvent, actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, meetings } from '../database/schema.js';
import { enforceRights } from '../live/rights.js';
import { raiseActivity } from '../meeting/activity.js';
import { scheduleOf } from '../meeting/schedule.js';
import { shownMeeting } from '../meeting/shown-meeting.js';
import type { ApiParts } from '../parts.js';
import { record } from '../webhooks/outbox.js';

/**
 * Sets the given fields and keeps the rest, also within `settings`. Rights in the call follow at
 * once (R7).
 */
export async function updateMeeting(
  parts: ApiParts,
  request: FastifyRequest,
  change: UpdateMeetingRequest,
): Promise<Meeting> {
  const { settings, scheduledStart, schedule, ...rest } = change;
  const fields = (Object.keys(change) as (keyof UpdateMeetingRequest)[]).filter((field) => change[field] !== undefined);
  const meeting = await changeMeeting(parts, request, 'update', async (transaction, access) => {
    const details = { fields, ...(change.locked === undefined ? {} : { locked: change.locked }) };
    const event = { action: 'meeting.changed', meetingId: access.meeting.id, details } as const;
    const dated = scheduledStart !== undefined || schedule !== undefined;
    if (dated) await raiseActivity(transaction, access.meeting.id, new Date(parts.clock.date()));
    return write(parts, request, transaction, access.meeting, event, {
      ...rest,
      ...(settings ? { settings: { ...access.meeting.settings, ...settings } } : {}),
      ...(dated && scheduleOf(change, access.meeting)),
    });
  });
  const entrance = settings?.access ?? change.locked ?? change.waitingRoom;
  // Independent of the previous settings: a repetition of an interrupted change must complete it.
  const rights = settings?.publish ?? settings?.shareScreen;
  return applyToCall(parts, meeting, rights !== undefined ? 'rights' : entrance !== undefined ? 'entrance' : 'nothing');
}

/** Null: removes the password. */
export async function setPassword(parts: ApiParts, request: FastifyRequest, password: string | null): Promise<Meeting> {
  if (password !== null) checkMeetingPassword(password);
  const passwordHash = password === null ? null : await hashPassword(password, request.ip);
  const meeting = await changeMeeting(parts, request, 'setPassword', async (transaction, access) => {
    const details = { set: password !== null };
    const event = { action: 'meeting.password-changed', meetingId: access.meeting.id, details } as const;
    return write(parts, request, transaction, access.meeting, event, { passwordHash });
  });
  return applyToCall(parts, meeting, 'entrance');
}

async function write(
  parts: ApiParts,
  request: FastifyRequest,
  transaction: Queries,
  meeting: MeetingRow,
  event: AuditEvent,
  change: Partial<MeetingRow>,
): Promise<MeetingRow> {
  if (Object.keys(change).length === 0) return meeting;
  const [row] = await transaction.update(meetings).set(change).where(eq(meetings.id, meeting.id)).returning();
  if (!row) throw new Error('a locked meeting is gone');
  const at = new Date(parts.clock.date());
  await record(transaction, row.owner, 'meeting.updated', { meeting: shownMeeting(row) }, at);
  await audit(transaction, actorOf(request), at, event);
  return row;
}

/**
 * After the commit (R5). `entrance`: earlier join tokens no longer admit anybody; `rights`: earlier
 * rights no longer count.
 */
async function applyToCall(
  parts: ApiParts,
  row: MeetingRow,
  changed: 'rights' | 'entrance' | 'nothing',
): Promise<Meeting> {
  const meeting = shownMeeting(row);
  try {
    if (changed === 'entrance') await parts.live.revokeTokens(row.id);
    if (changed === 'rights') await enforceRights(parts, row.id);
  } finally {
    await parts.live.publish(row.id, { type: 'meeting.updated', meeting });
  }
  return meeting;
}
