import type { MeetingFile, Page, PageQuery } from '@waterbus/protocol';
import { and, desc, eq, gt, isNotNull } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { files, messages } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { hiddenUpTo } from '../messages/reading.js';
import { shownFile } from '../messages/shown-file.js';

/** The files of the messages that the principal may read. */
export async function listFiles(
  queries: Queries,
  access: MeetingAccess,
  principal: Principal,
  { cursor, limit }: PageQuery,
): Promise<Page<MeetingFile>> {
  const hidden = await hiddenUpTo(queries, access, principal);
  const rows = await queries
    .select({ file: files, message: messages })
    .from(files)
    .innerJoin(messages, eq(messages.id, files.messageId))
    .where(
      and(
        eq(files.meetingId, access.meeting.id),
        isNotNull(files.messageId),
        gt(messages.seq, hidden),
        beyond(cursor, { at: files.createdAt, id: files.id }, 'descending'),
      ),
    )
    .orderBy(desc(files.createdAt), desc(files.id))
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    ({ file }) => ({ at: file.createdAt, id: file.id }),
    ({ file, message: { id, seq, userId, participantId, authorName, createdAt } }) => ({
      ...shownFile(file),
      messageId: id,
      seq,
      author: { userId, participantId, name: authorName },
      createdAt: createdAt.toISOString(),
    }),
  );
}
