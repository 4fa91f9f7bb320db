import {
  CodedError,
  type Mention,
  type Message,
  type MessageFile,
  type Role,
  type SendMessageRequest,
} from '@waterbus/protocol';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, type MessageRow, meetings, members, messageMentions, messages } from '../database/schema.js';
import { activeAtFrom, raiseMembers } from '../meeting/activity.js';
import { includes } from '../meeting/grants.js';
import { addMentioned } from '../meeting/mentioned.js';
import { settingsOf } from '../meeting/settings.js';
import type { ApiParts } from '../parts.js';
import { attachFiles, namesOf, unsentFiles } from './attached-files.js';
import { type Author, authorOf } from './author.js';
import { findMessage } from './find-message.js';
import { mentionsFor } from './mentions.js';
import { hiddenUpTo } from './reading.js';
import { shownMessage } from './shown-message.js';

/** The body of the request. */
export type NewMessage = SendMessageRequest;

/**
 * Stores a message and then announces it (R5). A repetition after a lost answer returns the same
 * message, not `fresh`. Rejects with `permission.denied` when the asker may not write, with
 * `meeting.archived` (M4), with `message.not_found` when the answered message is absent, with
 * `file.not_found` for a file that is not the sender's or was sent, or with a `RateLimitedError`.
 */
export async function sendMessage(
  parts: Pick<ApiParts, 'queries' | 'live' | 'clock' | 'limits'>,
  access: MeetingAccess,
  principal: Principal,
  message: NewMessage,
): Promise<{ message: Message; fresh: boolean }> {
  const { queries, live, clock, limits } = parts;
  const author = await authorOf(queries, principal);
  checkMayWrite(access.meeting, access.standing as Role);
  await limits.countBy('message', author.sender);
  const meetingId = access.meeting.id;
  const known = await sentBefore(queries, meetingId, author.sender, message.clientId);
  const mentions = known ? [] : await mentionsFor(queries, meetingId, message.mentions ?? []);
  if (!known) await checkReply(queries, access, principal, message.replyTo);
  const inserted = known
    ? undefined
    : await queries
        .transaction((transaction) => insert(transaction, access, author, { ...message, mentions }, () => clock.date()))
        .catch((error: unknown) => {
          if (!(error instanceof SentBefore)) throw error;
        });
  if (inserted) {
    const shown = shownMessage(inserted.row, author.avatarId, { mentions, reactions: [], files: inserted.files });
    await live.publish(meetingId, { type: 'message.created', message: shown });
    return { message: shown, fresh: true };
  }
  const before = known ?? (await sentBefore(queries, meetingId, author.sender, message.clientId));
  if (!before) throw new Error('a message is neither new nor known');
  const { message: row, avatarId, ...more } = await findMessage(queries, meetingId, before.id);
  return { message: shownMessage(row, avatarId, more), fresh: false };
}

/** Rejects with `permission.denied` when the meeting's chat excludes this role. */
export function checkMayWrite(meeting: Pick<MeetingRow, 'settings'>, role: Role): void {
  if (!includes(settingsOf(meeting).chat, role))
    throw new CodedError('permission.denied', 'The chat is not for everybody');
}

/**
 * Raising the meeting's `last_seq` serializes senders until each has committed, so that there is
 * neither gap nor duplicate. A message's time is read in its turn and is never before that of the
 * previous message, even if the servers' clocks differ: guests read from the first message that is
 * not from before they joined.
 */
async function insert(
  transaction: Pick<Queries, 'update' | 'insert' | 'select'>,
  { meeting: { id: meetingId }, member, standing }: MeetingAccess,
  author: Author,
  { text, files: fileIds = [], clientId, replyTo, mentions }: Omit<NewMessage, 'mentions'> & { mentions: Mention[] },
  now: () => number,
): Promise<{ row: MessageRow; files: MessageFile[] }> {
  const activeAt = new Date(now());
  const [meeting] = await transaction
    .update(meetings)
    .set({ lastSeq: sql`${meetings.lastSeq} + 1`, activeAt: activeAtFrom(activeAt) })
    .where(and(eq(meetings.id, meetingId), isNull(meetings.archivedAt)))
    .returning({ seq: meetings.lastSeq, settings: meetings.settings, activeAt: meetings.activeAt });
  if (!meeting) throw new CodedError('meeting.archived');
  // The author has read all earlier messages. Changes committed while earlier senders were in the
  // queue apply.
  const role = member ? await markOwn(transaction, member.id, meeting.seq) : (standing as Role);
  checkMayWrite(meeting, role);
  const { avatarId: _, ...by } = author;
  const files = await unsentFiles(transaction, meetingId, author.sender, fileIds);
  const above = sql`select ${messages.createdAt} from ${messages} where ${messages.meetingId} = ${meetingId} and ${messages.seq} = ${meeting.seq - 1}`;
  const createdAt = sql`greatest(${new Date(now()).toISOString()}::timestamptz, (${above}))`;
  const [row] = await transaction
    .insert(messages)
    .values({ meetingId, seq: meeting.seq, clientId, ...by, text: text ?? namesOf(files), replyTo, createdAt })
    .onConflictDoNothing({ target: [messages.meetingId, messages.sender, messages.clientId] })
    .returning();
  // Rolls back, so that no `seq` is lost.
  if (!row) throw new SentBefore();
  if (mentions.length > 0) {
    const rows = mentions.map((mention, position) => ({ messageId: row.id, position, ...mention }));
    await transaction.insert(messageMentions).values(rows);
    const userIds = mentions.flatMap(({ userId }) => userId ?? []);
    if (userIds.length > 0) await addMentioned(transaction, meetingId, userIds, row.seq);
  }
  await attachFiles(transaction, row.id, fileIds);
  if (meeting.activeAt?.getTime() === activeAt.getTime()) await raiseMembers(transaction, meetingId, activeAt);
  return { row, files };
}

/** The answered message must be one that the sender may read. */
async function checkReply(
  queries: Queries,
  access: MeetingAccess,
  principal: Principal,
  replyTo: number | undefined,
): Promise<void> {
  if (replyTo === undefined) return;
  const [answered] = await queries
    .select({ seq: messages.seq })
    .from(messages)
    .where(and(eq(messages.meetingId, access.meeting.id), eq(messages.seq, replyTo), isNull(messages.deletedAt)));
  if (!answered || replyTo <= (await hiddenUpTo(queries, access, principal))) {
    throw new CodedError('message.not_found');
  }
}

async function markOwn(transaction: Pick<Queries, 'update'>, memberId: string, seq: number): Promise<Role> {
  const [row] = await transaction
    .update(members)
    .set({ lastReadSeq: seq })
    .where(and(eq(members.id, memberId), eq(members.state, 'joined')))
    .returning({ role: members.role });
  if (!row) throw new CodedError('permission.denied');
  return row.role;
}

async function sentBefore(
  queries: Queries,
  meetingId: string,
  sender: string,
  clientId: string,
): Promise<MessageRow | undefined> {
  const [row] = await queries
    .select()
    .from(messages)
    .where(and(eq(messages.meetingId, meetingId), eq(messages.sender, sender), eq(messages.clientId, clientId)));
  return row;
}

class SentBefore extends Error {}
