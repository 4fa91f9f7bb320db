import { and, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type MeetingRow } from '../database/schema.js';
import { statement } from '../database/statement.js';

/** A person who asks to join. */
export type Joiner = Pick<AdmissionRow, 'userId' | 'network' | 'role'>;

/**
 * Whether a moderator sent this person to the waiting room and has not admitted them since: then
 * they wait, with or without a waiting room of the meeting, members too. Signing in or out does not
 * evade it: guests wait by network as well.
 */
export async function mustWait(
  queries: Queries,
  meeting: Pick<MeetingRow, 'id'>,
  { userId, network, role }: Joiner,
): Promise<boolean> {
  return waits(role, await sentBackBefore(queries, meeting, { userId, network }));
}

/** Whether this user, or any participant from this network, was sent back. */
export interface SentBack {
  user: boolean;
  network: boolean;
}

export async function sentBackBefore(
  queries: Queries,
  meeting: Pick<MeetingRow, 'id'>,
  { userId, network }: Pick<Joiner, 'userId' | 'network'>,
): Promise<SentBack> {
  const [row] = await sentBackOf(queries, { meetingId: meeting.id, userId, network });
  return row ?? { user: false, network: false };
}

/** The rule of `mustWait`, with the facts given. M3: nobody sends the host there. */
export function waits(role: Joiner['role'], { user, network }: SentBack): boolean {
  return role !== 'host' && (user || (role === 'guest' && network));
}

const sentBackOf = statement<{ meetingId: string; userId: string | null; network: string }, SentBack[]>(
  (queries, value) =>
    queries
      .select({
        user: sql<boolean>`coalesce(bool_or(${admissions.userId} = ${value('userId')}), false)`,
        network: sql<boolean>`coalesce(bool_or(${admissions.network} = ${value('network')}), false)`,
      })
      .from(admissions)
      .where(and(eq(admissions.meetingId, value('meetingId')), eq(admissions.state, sql`'sent-back'`))),
);

/**
 * Call it in the transaction that admits a waiting participant; a denied one waits the next time as
 * well. Admitting a guest does not change the users of the network: it may be another person.
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
