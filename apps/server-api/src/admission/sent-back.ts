import { and, eq, exists, isNull, or, type SQL, sql } from 'drizzle-orm';
import { QueryBuilder } from 'drizzle-orm/pg-core';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type MeetingRow, meetings } from '../database/schema.js';

/** A person who asks to join. */
type Joiner = Pick<AdmissionRow, 'userId' | 'network' | 'role'>;

/** A moderator sent this user, or a participant from this network, to the waiting room. */
export interface SentBack {
  userSentBack: boolean;
  networkSentBack: boolean;
}

/** For a statement that reads `meetings`. */
export function sentBackColumns(userId: SQL, network: SQL): { [Name in keyof SentBack]: SQL<boolean> } {
  return {
    userSentBack: sentBackWith(eq(admissions.userId, userId)),
    networkSentBack: sentBackWith(eq(admissions.network, network)),
  };
}

function sentBackWith(condition: SQL): SQL<boolean> {
  const { meetingId, state } = admissions;
  const sentBack = new QueryBuilder()
    .select({ one: sql`1` })
    .from(admissions)
    // A literal: the index holds only rows of this state.
    .where(and(sql`${meetingId} = ${meetings.id}`, sql`${state} = 'sent-back'`, condition));
  return sql`${exists(sentBack)}`;
}

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
