import { CodedError, type Message, type Role } from '@waterbus/protocol';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import { meetings, messageMentions, messageReactions, messages } from '../database/schema.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import { removeMentioned } from '../meeting/mentioned.js';
import type { ApiParts } from '../parts.js';
import { releaseFiles } from './attached-files.js';
import { senderOf } from './author.js';
import { findMessage } from './find-message.js';
import { checkMayWrite } from './sending.js';
import { shownMessage, withoutParts } from './shown-message.js';

type Parts = Pick<ApiParts, 'queries' | 'live' | 'clock' | 'limits'>;

/** Only one's own; a deleted one is `message.not_found`. */
export async function editMessage(
  parts: Parts,
  { meeting, standing }: MeetingAccess,
  principal: Principal,
  messageId: string,
  text: string,
): Promise<Message> {
  const { queries, live, clock, limits } = parts;
  const sender = senderOf(principal);
  if (sender === undefined) throw new CodedError('permission.denied');
  checkMayWrite(meeting, standing as Role);
  await limits.countBy('message', sender);
  const { message: row, avatarId, ...more } = await findMessage(queries, meeting.id, messageId);
  if (row.sender !== sender) throw new CodedError('permission.denied');
  const edited = await queries.transaction(async (transaction) => {
    // A concurrent archive waits for this transaction, or is visible here (M4).
    const [open] = await transaction
      .select({ id: meetings.id })
      .from(meetings)
      .where(and(eq(meetings.id, meeting.id), isNull(meetings.archivedAt)))
      .for('share');
    if (!open) throw new CodedError('meeting.archived');
    const [changed] = await transaction
      .update(messages)
      .set({ text, editedAt: new Date(clock.date()) })
      .where(and(eq(messages.id, messageId), isNull(messages.deletedAt)))
      .returning();
    if (!changed) throw new CodedError('message.not_found');
    return changed;
  });
  const message = shownMessage(edited, avatarId, more);
  await live.publish(meeting.id, { type: 'message.updated', message });
  return message;
}

/**
 * One's own; host and moderators any. Its text, files, mentions and reactions are deleted from the
 * database too. A repeated deletion is not an error.
 */
export async function deleteMessage(
  parts: Parts,
  { meeting, standing }: MeetingAccess,
  principal: Principal,
  messageId: string,
): Promise<void> {
  const { queries, live, clock } = parts;
  const { message: row, avatarId, mentions } = await findMessage(queries, meeting.id, messageId);
  const moderates = standing === 'host' || standing === 'moderator';
  if (!moderates && row.sender !== senderOf(principal)) throw new CodedError('permission.denied');
  const mentioned = mentions.flatMap(({ userId }) => userId ?? []);
  const deleted = await queries.transaction(async (transaction) => {
    if (mentioned.length > 0) await lockMeeting(transaction, meeting.id, 'no key update');
    const [gone] = await transaction
      .update(messages)
      .set({
        text: '',
        deletedAt: new Date(clock.date()),
        reactionsVersion: sql`${messages.reactionsVersion} + 1`,
      })
      .where(and(eq(messages.id, messageId), isNull(messages.deletedAt)))
      .returning();
    if (gone) await releaseFiles(transaction, messageId);
    if (gone && mentioned.length > 0) await removeMentioned(transaction, meeting.id, mentioned, gone.seq);
    for (const table of [messageMentions, messageReactions]) {
      if (gone) await transaction.delete(table).where(eq(table.messageId, messageId));
    }
    return gone;
  });
  if (!deleted) return;
  const message = shownMessage(deleted, avatarId, withoutParts);
  await live.publish(meeting.id, { type: 'message.deleted', message });
}
