import { and, asc, eq, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { participants, qualityMinutes } from '../database/schema.js';
import { shownMinute } from '../quality/stored-row.js';
import { PAGE } from './exported-rows.js';

/** The minutes of call quality of a user's presences, in the order of meeting, minute and presence. */
export async function* exportedQuality(queries: Queries, userId: string): AsyncGenerator<Record<string, unknown>> {
  const { meetingId, minute, participantId } = qualityMinutes;
  let last: { meetingId: string; minute: number; participantId: string } | undefined;
  for (;;) {
    const rows = await queries
      .select({ row: qualityMinutes, person: { name: participants.name, userId: participants.userId } })
      .from(qualityMinutes)
      .innerJoin(participants, and(eq(participants.id, participantId), eq(participants.meetingId, meetingId)))
      .where(
        and(
          eq(participants.userId, userId),
          last &&
            sql`(${meetingId}, ${minute}, ${participantId}) >
              (${last.meetingId}::uuid, ${last.minute}::integer, ${last.participantId}::text)`,
        ),
      )
      .orderBy(asc(meetingId), asc(minute), asc(participantId))
      .limit(PAGE);
    for (const { row, person } of rows) yield { meetingId: row.meetingId, ...shownMinute(row, person) };
    last = rows.at(-1)?.row;
    if (rows.length < PAGE) return;
  }
}
