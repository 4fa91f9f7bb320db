import { CodedError } from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import { z } from 'zod';
import type { Queries } from '../database/database.js';
import { type FileRow, files } from '../database/schema.js';

/** The condition for a file of this sender that no message has yet. */
export function unsentFile(meetingId: string, sender: string, fileId: string) {
  return and(eq(files.id, fileId), eq(files.meetingId, meetingId), eq(files.sender, sender), isNull(files.messageId));
}

/** Rejects with `file.not_found`: also for files of others, and for sent ones. */
export async function findUnsent(
  queries: Queries,
  meetingId: string,
  sender: string,
  fileId: string,
): Promise<FileRow> {
  const [row] = await queries
    .select()
    .from(files)
    .where(unsentFile(meetingId, sender, fileId));
  if (!row) throw new CodedError('file.not_found');
  return row;
}

/** Any text: an invalid code gets the same answer as an absent meeting (M2). */
export const meetingParams = z.object({ code: z.string() });
export const fileParams = meetingParams.extend({ fileId: z.uuid() });
