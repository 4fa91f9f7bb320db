import { CodedError } from '@waterbus/protocol';
import { count, eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { members } from '../database/schema.js';

/** Rejects with `limit.reached` when the meeting, which is locked against changes, is full. */
export async function checkMemberCount(transaction: Queries, meetingId: string): Promise<void> {
  const [row] = await transaction.select({ there: count() }).from(members).where(eq(members.meetingId, meetingId));
  if ((row?.there ?? 0) >= MOST_MEMBERS) throw new CodedError('limit.reached', `${MOST_MEMBERS} members`);
}

/**
 * Joined and invited: five times the capacity of a call; counting them stays below a millisecond or
 * two.
 */
export const MOST_MEMBERS = 5000;
