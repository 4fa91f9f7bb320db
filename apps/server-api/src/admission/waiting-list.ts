import { CodedError, type Page, type WaitingParticipant } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { admissions } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import type { ApiParts } from '../parts.js';
import { hasWaited } from './sent-back.js';
import { publishWaiting, stillWaiting, waitingOrder, wakeAdmission } from './waiting.js';

/** Persons that still ask, the first arrival first. */
export async function waitingOf(
  queries: Queries,
  meetingId: string,
  now: number,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<WaitingParticipant>> {
  const rows = await queries
    .select({
      id: admissions.id,
      name: admissions.name,
      userId: admissions.userId,
      createdAt: admissions.createdAt,
    })
    .from(admissions)
    .where(
      and(stillWaiting(meetingId, now), beyond(cursor, { at: admissions.createdAt, id: admissions.id }, 'ascending')),
    )
    .orderBy(...waitingOrder)
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    ({ createdAt, id }) => ({ at: createdAt, id }),
    ({ createdAt, ...shown }) => ({ ...shown, since: createdAt.toISOString() }),
  );
}

/**
 * A decision is final: a repetition changes nothing, the opposite finds nobody waiting
 * (`participant.not_found`).
 */
export async function decideWaiting(
  parts: ApiParts,
  request: FastifyRequest,
  id: string,
  decision: 'admitted' | 'denied',
): Promise<void> {
  const meetingId = request.access.meeting.id;
  await changeMeeting(parts, request, 'moderate', async (transaction, { meeting }) => {
    const whom = and(eq(admissions.id, id), eq(admissions.meetingId, meetingId));
    const [row] = await transaction.select().from(admissions).where(whom);
    if (row?.state === decision) return;
    if (row?.state !== 'waiting') throw new CodedError('participant.not_found');
    await transaction.update(admissions).set({ state: decision }).where(whom);
    if (decision === 'admitted') await hasWaited(transaction, meeting, row);
    const event = { action: `participant.${decision}`, meetingId, target: id } as const;
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
  });
  await wakeAdmission(parts, id);
  await publishWaiting(parts, meetingId);
}

/** Ends the wait of a person that left. An earlier decision stays. */
export async function giveUpWaiting(parts: ApiParts, id: string): Promise<void> {
  const [row] = await parts.queries
    .update(admissions)
    .set({ state: 'removed' })
    .where(and(eq(admissions.id, id), eq(admissions.state, 'waiting')))
    .returning({ meetingId: admissions.meetingId });
  if (!row) return;
  await wakeAdmission(parts, id);
  await publishWaiting(parts, row.meetingId);
}
