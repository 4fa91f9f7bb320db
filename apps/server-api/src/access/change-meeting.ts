import type { FastifyRequest } from 'fastify';
import type { Queries } from '../database/database.js';
import { network } from '../limits/network.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import { permitted } from './guard.js';
import type { MeetingAction } from './policy.js';
import { findAccess, type MeetingAccess } from './standing.js';
import { stillCounts } from './still-counts.js';

/**
 * Changes a meeting, its members or its waiting room: serially, each change in a transaction of its
 * own. The permission of the asker is checked again inside, since the guard's result may be
 * outdated: of two hosts who hand over at once, the second is no longer the host. So is the credential
 * of the asker: the change may issue another one, which would outlive it.
 */
export async function changeMeeting<T>(
  parts: { queries: Queries },
  request: FastifyRequest,
  action: MeetingAction,
  change: (transaction: Queries, access: MeetingAccess) => Promise<T>,
): Promise<T> {
  const { access, principal } = request;
  return parts.queries.transaction(async (transaction) => {
    // All are sent at once; the others begin to read when the first has the lock.
    const [, now] = await Promise.all([
      lockMeeting(transaction, access.meeting.id, 'no key update'),
      findAccess(transaction, access.meeting.code, principal, network(request.ip)),
      stillCounts(transaction, principal),
    ]);
    return change(transaction, permitted(now, action, principal));
  });
}
