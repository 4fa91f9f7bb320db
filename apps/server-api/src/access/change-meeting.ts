import { eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { Queries } from '../database/database.js';
import { meetings } from '../database/schema.js';
import { statement } from '../database/statement.js';
import { network } from '../limits/network.js';
import type { ApiParts } from '../parts.js';
import { permitted } from './guard.js';
import type { MeetingAction } from './policy.js';
import { findAccess, type MeetingAccess } from './standing.js';

/**
 * Changes a meeting, its members or its waiting room: serially, each change in a transaction of its
 * own. The permission of the asker is checked again inside, since the guard's result may be
 * outdated: of two hosts who hand over at once, the second is no longer the host.
 */
export async function changeMeeting<T>(
  parts: Pick<ApiParts, 'queries'>,
  request: FastifyRequest,
  action: MeetingAction,
  change: (transaction: Queries, access: MeetingAccess) => Promise<T>,
): Promise<T> {
  const { access, principal } = request;
  return parts.queries.transaction(async (transaction) => {
    // Both are sent at once; the second begins to read when the first has the lock.
    const [, now] = await Promise.all([
      lockMeeting(transaction, access.meeting.id, 'no key update'),
      findAccess(transaction, access.meeting.code, principal, network(request.ip)),
    ]);
    return change(transaction, permitted(now, action, principal));
  });
}

/**
 * Until the transaction ends: `no key update` for a change, `share` for a reader that relies on an
 * unchanged meeting. Lock the meeting before any other row, to prevent deadlocks. False when there
 * is no such meeting.
 */
export async function lockMeeting(
  transaction: Queries,
  meetingId: string,
  strength: 'no key update' | 'share',
): Promise<boolean> {
  return (await locks[strength](transaction, { meetingId })).length > 0;
}

const locks = { 'no key update': lock('no key update'), share: lock('share') };

function lock(strength: 'no key update' | 'share') {
  return statement<{ meetingId: string }, { id: string }[]>((queries, value) =>
    queries
      .select({ id: meetings.id })
      .from(meetings)
      .where(eq(meetings.id, value('meetingId')))
      .for(strength),
  );
}
