import { CodedError } from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { type FileRow, files, messages } from '../database/schema.js';
import { hiddenUpTo } from '../messages/reading.js';

/**
 * A sent file whose message the principal may read. Rejects with `file.not_found`: the same for
 * absent ones, those of other meetings, and those from before a guest joined.
 */
export async function readableFile(
  queries: Queries,
  access: MeetingAccess,
  principal: Principal,
  fileId: string,
): Promise<FileRow> {
  const [found] = await queries
    .select({ file: files, seq: messages.seq })
    .from(files)
    .innerJoin(messages, eq(messages.id, files.messageId))
    .where(and(eq(files.id, fileId), eq(messages.meetingId, access.meeting.id), isNull(messages.deletedAt)));
  if (!found || found.seq <= (await hiddenUpTo(queries, access, principal))) throw new CodedError('file.not_found');
  return found.file;
}
