import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type MemberRow, members } from '../database/schema.js';

type Changing = Pick<Queries, 'update'>;

/** The number of unread messages that name the member, at most `MOST_MENTIONS`. */
export function unreadMentions({ mentioned, lastReadSeq }: Pick<MemberRow, 'mentioned' | 'lastReadSeq'>): number {
  return mentioned?.filter((seq) => seq > lastReadSeq).length ?? 0;
}

/** Adds a message to the unread ones that name these users; the transaction has locked the meeting. */
export async function addMentioned(
  transaction: Changing,
  meetingId: string,
  userIds: string[],
  seq: number,
): Promise<void> {
  const all = sql`(select unnest(array_append(${members.mentioned}, ${seq}::integer)) as seq) as named`;
  await transaction
    .update(members)
    .set({
      mentioned: sql`array(select seq from ${all} where seq > ${members.lastReadSeq} order by seq desc limit ${sql.raw(`${MOST_MENTIONS}`)})`,
    })
    .where(and(eq(members.meetingId, meetingId), inArray(members.userId, userIds)));
}

/** Takes a deleted message from them; the transaction has locked the meeting. */
export async function removeMentioned(
  transaction: Changing,
  meetingId: string,
  userIds: string[],
  seq: number,
): Promise<void> {
  await transaction
    .update(members)
    .set({ mentioned: sql`array_remove(${members.mentioned}, ${seq}::integer)` })
    .where(and(eq(members.meetingId, meetingId), inArray(members.userId, userIds)));
}

/** Of a member in a meeting: pages show no larger count. */
const MOST_MENTIONS = 100;
