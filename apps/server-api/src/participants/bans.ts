import { type Ban, CodedError, type Page, type PageQuery } from '@waterbus/protocol';
import { and, desc, eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type BanRow, bans } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';

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

/** May join again, as a stranger. */
export async function liftBan(queries: Queries, meetingId: string, banId: string): Promise<void> {
  const gone = await queries
    .delete(bans)
    .where(and(eq(bans.meetingId, meetingId), eq(bans.id, banId)))
    .returning({ id: bans.id });
  if (gone.length === 0) throw new CodedError('ban.not_found');
}

export function shownBan({ id, userId, name, reason, createdAt }: BanRow): Ban {
  return { id, userId, name, reason, createdAt: createdAt.toISOString() };
}
