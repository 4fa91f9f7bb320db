import { and, eq, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions, type MeetingRow } from '../database/schema.js';

/** Whoever asks to join: a user, or a guest by network address. */
export interface Joiner {
  userId: string | null | undefined;
  network: string;
}

/**
 * Whether a moderator sent this person to the waiting room and nobody has decided since: then they wait, whether the meeting has a
 * waiting room or not, members too.
 */
export async function mustWait(
  queries: Pick<Queries, 'select'>,
  meeting: Pick<MeetingRow, 'id'>,
  joiner: Joiner,
): Promise<boolean> {
  const [row] = await queries.select({ id: admissions.id }).from(admissions).where(sentBack(meeting, joiner)).limit(1);
  return row !== undefined;
}

/** To be called in the transaction that admits or denies somebody who waited. */
export async function hasWaited(
  queries: Pick<Queries, 'update'>,
  meeting: Pick<MeetingRow, 'id'>,
  joiner: Joiner,
): Promise<void> {
  await queries.update(admissions).set({ state: 'removed' }).where(sentBack(meeting, joiner));
}

function sentBack(meeting: Pick<MeetingRow, 'id'>, { userId, network }: Joiner): SQL | undefined {
  const same = userId ? eq(admissions.userId, userId) : eq(admissions.network, network);
  return and(eq(admissions.meetingId, meeting.id), eq(admissions.state, 'sent-back'), same);
}
