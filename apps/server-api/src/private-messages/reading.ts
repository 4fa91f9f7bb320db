import { CodedError, type OwnPrivateMessage, type Page, type PageQuery } from '@waterbus/protocol';
import { and, desc, eq, gte, isNull, or, type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, unionAll } from 'drizzle-orm/pg-core';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { admissions, type PrivateMessageRow, privateMessages } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { senderOf } from '../messages/author.js';
import type { ApiParts } from '../parts.js';
import { announce } from './announcing.js';
import { shownTo } from './shown.js';

/** The private messages that this principal wrote or received, newest first. */
export async function listPrivately(
  queries: Queries,
  access: MeetingAccess,
  principal: Principal,
  { cursor, limit }: PageQuery,
): Promise<Page<OwnPrivateMessage>> {
  const reader = readerOf(principal);
  const from = await readableFrom(queries, access, principal);
  // Two ranges of two indexes: `or` would read all messages of the reader and sort them.
  const of = (side: AnyPgColumn) =>
    queries
      .select()
      .from(privateMessages)
      .where(
        and(
          eq(privateMessages.meetingId, access.meeting.id),
          eq(side, reader),
          from,
          beyond(cursor, { at: privateMessages.createdAt, id: privateMessages.id }, 'descending'),
        ),
      )
      .orderBy(desc(privateMessages.createdAt), desc(privateMessages.id))
      .limit(limit + 1);
  const rows = await unionAll(of(privateMessages.sender), of(privateMessages.receiver))
    .orderBy(sql`created_at desc`, sql`id desc`)
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    ({ createdAt: at, id }) => ({ at, id }),
    (row) => shownTo(reader, row),
  );
}

/** Rejects with `message.not_found` unless the principal received the message. */
export async function readPrivately(
  { queries, clock }: Pick<ApiParts, 'queries' | 'clock'>,
  access: MeetingAccess,
  principal: Principal,
  messageId: string,
): Promise<void> {
  const reader = readerOf(principal);
  const received = and(eq(privateMessages.meetingId, access.meeting.id), eq(privateMessages.receiver, reader));
  const row = await find(queries, and(received, await readableFrom(queries, access, principal)), messageId);
  const upTo = sql`(${privateMessages.createdAt}, ${privateMessages.id}) <= (${row.createdAt.toISOString()}::timestamptz, ${row.id}::uuid)`;
  await queries
    .update(privateMessages)
    .set({ readAt: new Date(clock.date()) })
    .where(and(received, isNull(privateMessages.readAt), upTo));
}

/** Only one's own, for both sides; nothing of it remains. Rejects with `message.not_found`. */
export async function deletePrivately(
  parts: Pick<ApiParts, 'queries' | 'live' | 'log'>,
  { meeting }: MeetingAccess,
  principal: Principal,
  messageId: string,
): Promise<void> {
  const reader = readerOf(principal);
  const side = or(eq(privateMessages.sender, reader), eq(privateMessages.receiver, reader));
  const row = await find(parts.queries, and(eq(privateMessages.meetingId, meeting.id), side), messageId);
  if (row.sender !== reader) throw new CodedError('permission.denied');
  const [gone] = await parts.queries.delete(privateMessages).where(eq(privateMessages.id, messageId)).returning();
  if (gone) await announce(parts, 'private.deleted', gone);
}

async function find(queries: Queries, where: SQL | undefined, id: string): Promise<PrivateMessageRow> {
  const [row] = await queries
    .select()
    .from(privateMessages)
    .where(and(eq(privateMessages.id, id), where));
  if (!row) throw new CodedError('message.not_found');
  return row;
}

/** Host tokens and API keys are nobody, and have no private messages. */
function readerOf(principal: Principal): string {
  const reader = senderOf(principal);
  if (reader === undefined) throw new CodedError('permission.denied');
  return reader;
}

/**
 * Users who are in the call as guests read from their request to join: earlier messages are of an
 * earlier visit, or of a membership that ended. A guest without an account has no earlier ones.
 */
async function readableFrom(
  queries: Queries,
  { standing }: MeetingAccess,
  principal: Principal,
): Promise<SQL | undefined> {
  if (standing !== 'guest' || principal.type !== 'participant' || principal.userId === null) return undefined;
  const [admission] = await queries
    .select({ createdAt: admissions.createdAt })
    .from(admissions)
    .where(eq(admissions.id, principal.participantId));
  if (!admission) throw new CodedError('token.invalid');
  return gte(privateMessages.createdAt, admission.createdAt);
}
