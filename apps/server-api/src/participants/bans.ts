import { type Ban, CodedError, type Page, type PageQuery } from '@waterbus/protocol';
import { and, desc, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type BanRow, bans } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import type { ApiParts } from '../parts.js';

/** Newest first. */
export async function listBans(queries: Queries, meetingId: string, query: PageQuery): Promise<Page<Ban>> {
  const rows = await queries
    .select()
    .from(bans)
    .where(and(eq(bans.meetingId, meetingId), beyond(query.cursor, { at: bans.createdAt, id: bans.id }, 'descending')))
    .orderBy(desc(bans.createdAt), desc(bans.id))
    .limit(query.limit + 1);
  return pageOfRows(rows, query.limit, ({ createdAt, id }) => ({ at: createdAt, id }), shownBan);
}

/** The person may join again, as a stranger. */
export async function liftBan(parts: ApiParts, request: FastifyRequest, banId: string): Promise<void> {
  await changeMeeting(parts, request, 'moderate', async (transaction, { meeting }) => {
    const gone = await transaction
      .delete(bans)
      .where(and(eq(bans.meetingId, meeting.id), eq(bans.id, banId)))
      .returning({ id: bans.id });
    if (gone.length === 0) throw new CodedError('ban.not_found');
    const event = { action: 'participant.unbanned', meetingId: meeting.id, target: banId } as const;
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
  });
}

export function shownBan({ id, userId, name, reason, createdAt }: BanRow): Ban {
  return { id, userId, name, reason, createdAt: createdAt.toISOString() };
}
