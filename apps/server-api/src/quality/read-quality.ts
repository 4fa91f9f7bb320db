import { CodedError, type Page, type QualityMinute, type QualityQuery } from '@waterbus/protocol';
import { and, asc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { participants, qualityMinutes } from '../database/schema.js';
import { pageOfRows, readCursor } from '../http/paging.js';
import { minuteFrom, momentOf, shownMinute } from './stored-row.js';

/** The minutes of a meeting's participants, oldest first. `now`: milliseconds since 1970. */
export async function listQuality(
  queries: Queries,
  meetingId: string,
  { from, to, participantId, cursor, limit }: QualityQuery,
  now: number,
): Promise<Page<QualityMinute>> {
  const until = to === undefined ? now : Date.parse(to);
  const since = from === undefined ? until - DEFAULT_SPAN : Date.parse(from);
  const rows = await queries
    .select({ row: qualityMinutes, person: { name: participants.name, userId: participants.userId } })
    .from(qualityMinutes)
    .innerJoin(
      participants,
      and(eq(participants.id, qualityMinutes.participantId), eq(participants.meetingId, qualityMinutes.meetingId)),
    )
    .where(
      and(
        eq(qualityMinutes.meetingId, meetingId),
        gte(qualityMinutes.minute, minuteFrom(Math.max(0, since))),
        lt(qualityMinutes.minute, minuteFrom(until)),
        participantId === undefined ? undefined : eq(qualityMinutes.participantId, participantId),
        after(cursor),
      ),
    )
    .orderBy(asc(qualityMinutes.minute), asc(qualityMinutes.participantId))
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    ({ row }) => ({ at: momentOf(row.minute), id: row.participantId }),
    ({ row, person }) => shownMinute(row, person),
  );
}

/** A row comparison, which the primary key answers as one range. */
function after(cursor: string | undefined): SQL | undefined {
  const position = readCursor(cursor);
  if (!position) return undefined;
  const minute = minuteFrom(position.at.getTime());
  if (momentOf(minute).getTime() !== position.at.getTime())
    throw new CodedError('request.invalid', 'cursor: not a cursor of this list');
  return sql`(${qualityMinutes.minute}, ${qualityMinutes.participantId}) > (${minute}::integer, ${position.id}::text)`;
}

/** Milliseconds: a day. */
const DEFAULT_SPAN = 86_400_000;
