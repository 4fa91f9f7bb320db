import { and, eq, isNull, or, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type MeetingRow } from '../database/schema.js';

/** Somebody who asks to join. */
export type Joiner = Pick<AdmissionRow, 'userId' | 'network' | 'role'>;

/**
 * Whether a moderator sent this person to the waiting room and has not let them in since: then they wait, whether the meeting has a
 * waiting room or not, members too. Signing in or out is no way around: guests wait by network as well.
 */
export async function mustWait(
  queries: Pick<Queries, 'select'>,
  meeting: Pick<MeetingRow, 'id'>,
  { userId, network, role }: Joiner,
): Promise<boolean> {
  // M3: nobody sends the host there.
  if (role === 'host') return false;
  const user = userId === null ? undefined : eq(admissions.userId, userId);
  const same = role === 'guest' ? or(user, eq(admissions.network, network)) : user;
  if (!same) return false;
  const [row] = await queries
    .select({ id: admissions.id })
    .from(admissions)
    .where(and(sentBack(meeting), same))
    .limit(1);
  return row !== undefined;
}

/**
 * To be called in the transaction that admits somebody who waited; who is turned away waits the next time as well. A guest who is let
 * in leaves the users of the network as they were: it may be somebody else.
 */
export async function hasWaited(
  queries: Pick<Queries, 'update'>,
  meeting: Pick<MeetingRow, 'id'>,
  { userId, network }: Joiner,
): Promise<void> {
  const guests = and(eq(admissions.network, network), isNull(admissions.userId));
  const same = userId === null ? guests : or(eq(admissions.userId, userId), guests);
  await queries
    .update(admissions)
    .set({ state: 'removed' })
    .where(and(sentBack(meeting), same));
}

function sentBack(meeting: Pick<MeetingRow, 'id'>): SQL | undefined {
  return and(eq(admissions.meetingId, meeting.id), eq(admissions.state, 'sent-back'));
}
