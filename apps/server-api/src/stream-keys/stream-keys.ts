import {
  CodedError,
  type createStreamKeyRequestSchema,
  type Page,
  type PageQuery,
  type StreamKey,
} from '@waterbus/protocol';
import { and, asc, count, eq, lte } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { changeMeeting } from '../access/change-meeting.js';
import { newSecret } from '../access/secrets.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type StreamKeyRow, streamKeys } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import type { ApiParts } from '../parts.js';

type NewStreamKey = z.output<typeof createStreamKeyRequestSchema>;

/** Rejects with `limit.reached` when the meeting has too many. Deletes expired ones. */
export async function createStreamKey(
  parts: ApiParts,
  request: FastifyRequest,
  { name, use, source: wanted, expiresIn }: NewStreamKey,
): Promise<{ streamKey: StreamKey; secret: string }> {
  const { secret, hash } = newSecret(STREAM_KEY_PREFIX);
  const source = use === 'watch' ? 'none' : (wanted ?? 'camera');
  const now = parts.clock.date();
  const row = await changeMeeting(parts, request, 'invite', async (transaction, { meeting }) => {
    const ofMeeting = eq(streamKeys.meetingId, meeting.id);
    await transaction.delete(streamKeys).where(and(ofMeeting, lte(streamKeys.expiresAt, new Date(now))));
    const [present] = await transaction.select({ count: count() }).from(streamKeys).where(ofMeeting);
    if ((present?.count ?? 0) >= MOST_KEYS) throw new CodedError('limit.reached', `${MOST_KEYS} stream keys`);
    const [made] = await transaction
      .insert(streamKeys)
      .values({
        ...{ meetingId: meeting.id, name, source, secretHash: hash },
        ...{ createdAt: new Date(now), expiresAt: new Date(now + expiresIn * 1000) },
      })
      .returning();
    if (!made) throw new Error('no row for a stream key');
    const event = { action: 'stream-key.created', meetingId: meeting.id, target: made.id } as const;
    await audit(transaction, actorOf(request), new Date(now), { ...event, details: { source } });
    return made;
  });
  return { streamKey: shownStreamKey(row), secret };
}

/** Oldest first. */
export async function streamKeysOf(
  queries: Queries,
  meetingId: string,
  { cursor, limit }: PageQuery,
): Promise<Page<StreamKey>> {
  const rows = await queries
    .select()
    .from(streamKeys)
    .where(
      and(
        eq(streamKeys.meetingId, meetingId),
        beyond(cursor, { at: streamKeys.createdAt, id: streamKeys.id }, 'ascending'),
      ),
    )
    .orderBy(asc(streamKeys.createdAt), asc(streamKeys.id))
    .limit(limit + 1);
  return pageOfRows(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }), shownStreamKey);
}

/** Its participant is out of the call when the promise resolves (R8). */
export async function deleteStreamKey(parts: ApiParts, request: FastifyRequest, id: string): Promise<void> {
  const removed = await changeMeeting(parts, request, 'invite', async (transaction, { meeting }) => {
    const which = and(eq(streamKeys.id, id), eq(streamKeys.meetingId, meeting.id));
    const [row] = await transaction
      .delete(streamKeys)
      .where(which)
      .returning({ participantId: streamKeys.participantId });
    if (!row) throw new CodedError('stream_key.not_found');
    const event = { action: 'stream-key.removed', meetingId: meeting.id, target: id } as const;
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
    return row;
  });
  const { participantId } = removed;
  if (participantId === null) return;
  await parts.live.revokeAndCommand(request.access.meeting.id, { type: 'remove', participantId, reason: 'kicked' });
}

/** What the key admits to. */
export function useOf({ source }: Pick<StreamKeyRow, 'source'>): StreamKey['use'] {
  return source === 'none' ? 'watch' : 'publish';
}

function shownStreamKey(row: StreamKeyRow): StreamKey {
  const { id, name, createdAt, expiresAt, lastUsedAt } = row;
  const source = row.source === 'none' ? null : row.source;
  return {
    ...{ id, name, use: useOf(row), source, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() },
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

/** Shows in a log or a repository what a leaked secret is. */
const STREAM_KEY_PREFIX = 'wbs_';

/** For each meeting: far more than its encoders. */
const MOST_KEYS = 50;
