import { type AdmissionResponse, CodedError } from '@waterbus/protocol';
import { and, eq, sql } from 'drizzle-orm';
import { bannedAdmission } from '../access/banned.js';
import { admissions, meetings } from '../database/schema.js';
import { TOKEN_TOLERANCE } from '../live/live-calls.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import type { ApiParts } from '../parts.js';
import { admit, checkCapacity } from './admit.js';

type Decision = Exclude<AdmissionResponse, { status: 'waiting' }>;

/**
 * The decision about a waiting person; undefined: none yet. An admitted person gets a new join
 * token each time, and the previous one is revoked (R8). Rejects with `token.invalid` when the
 * admission no longer exists.
 */
export async function currentAdmission(parts: ApiParts, participantId: string): Promise<Decision | undefined> {
  const found = await seen(parts, participantId);
  if (!found) throw new CodedError('token.invalid');
  if (found.meeting.archivedAt || found.banned) return { status: 'denied' };
  switch (found.state) {
    case 'waiting':
      return undefined;
    case 'denied':
    case 'removed':
    case 'sent-back':
      return { status: 'denied' };
    case 'admitted':
      return admitAgain(parts, found.meeting.id, participantId);
  }
}

async function admitAgain(parts: ApiParts, meetingId: string, participantId: string): Promise<Decision> {
  await checkCapacity(parts, meetingId);
  return parts.queries.transaction(async (transaction) => {
    await lockMeeting(transaction, meetingId, 'share');
    const [row] = await transaction
      .select({ admission: admissions, meeting: meetings })
      .from(admissions)
      .innerJoin(meetings, eq(meetings.id, admissions.meetingId))
      .where(eq(admissions.id, participantId))
      // Of concurrent requests one token remains valid.
      .for('update', { of: admissions });
    if (row?.admission.state !== 'admitted' || row.meeting.archivedAt) return { status: 'denied' };
    const { tokenId, tokenExpiresAt } = row.admission;
    if (tokenId && tokenExpiresAt) {
      await parts.cluster.tokens.use(tokenId, tokenExpiresAt.getTime() + TOKEN_TOLERANCE);
    }
    return admit(parts, transaction, row.meeting, { ...row.admission, participantId, mayReturn: true });
  });
}

/** Records that the person still asks, and reads the state. */
async function seen({ queries, clock }: ApiParts, participantId: string) {
  await queries
    .update(admissions)
    .set({ seenAt: new Date(clock.date()) })
    .where(and(eq(admissions.id, participantId), eq(admissions.state, 'waiting')));
  const [row] = await queries
    .select({
      state: admissions.state,
      meeting: meetings,
      banned: sql<boolean>`${bannedAdmission()}`,
    })
    .from(admissions)
    .innerJoin(meetings, eq(meetings.id, admissions.meetingId))
    .where(eq(admissions.id, participantId));
  return row;
}
