import { eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { meetings } from '../database/schema.js';
import { statement } from '../database/statement.js';

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
