import { CodedError, type MessageFile } from '@waterbus/protocol';
import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { files } from '../database/schema.js';
import { shownFile } from './shown-file.js';

/**
 * The files of a new message in the order of their ids, locked. Rejects with `file.not_found` unless
 * each has arrived, is the sender's own and belongs to no message.
 */
export async function unsentFiles(
  transaction: Pick<Queries, 'select'>,
  meetingId: string,
  sender: string,
  ids: readonly string[],
): Promise<MessageFile[]> {
  if (ids.length === 0) return [];
  const rows = await transaction
    .select()
    .from(files)
    .where(
      and(
        inArray(files.id, [...ids]),
        eq(files.meetingId, meetingId),
        eq(files.sender, sender),
        eq(files.stored, true),
        isNull(files.messageId),
      ),
    )
    .for('update');
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (!row) throw new CodedError('file.not_found');
    return shownFile(row);
  });
}

export async function attachFiles(
  transaction: Pick<Queries, 'update'>,
  messageId: string,
  ids: readonly string[],
): Promise<void> {
  for (const [position, id] of ids.entries()) {
    await transaction.update(files).set({ messageId, position }).where(eq(files.id, id));
  }
}

/** The text of a message without one: older pages, which show no files, show these names. */
export function namesOf(list: readonly MessageFile[]): string {
  return list.map(({ name }) => name).join('\n');
}

/** The files of a deleted message can no longer be read, and are deleted soon. */
export async function releaseFiles(transaction: Pick<Queries, 'update'>, messageId: string): Promise<void> {
  await transaction.update(files).set({ messageId: null, meetingId: null }).where(eq(files.messageId, messageId));
}
