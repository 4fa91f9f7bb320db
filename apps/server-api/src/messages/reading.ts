import { CodedError, type listMessagesQuerySchema, type MessagesPage, type unreadSchema } from '@waterbus/protocol';
import { and, asc, desc, eq, gt, lt, min, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { admissions, type MessageRow, meetings, members, messages, participants, users } from '../database/schema.js';
import { statement } from '../database/statement.js';
import { unreadMentions } from '../meeting/mentioned.js';
import { filesOf } from './shown-file.js';
import { type MessageParts, mentionsOf, reactionsOf, shownMessage } from './shown-message.js';

/** Guests read the messages since they joined; all others read everything. */
export async function listMessages(
  queries: Queries,
  { meeting, standing }: MeetingAccess,
  principal: Principal,
  { before, after, limit }: z.output<typeof listMessagesQuerySchema>,
): Promise<MessagesPage> {
  const from = Math.max(await hiddenUpTo(queries, { meeting, standing }, principal), after ?? 0);
  const rows = await (after === undefined ? newestFirst : oldestFirst)(queries, {
    meetingId: meeting.id,
    after: Math.min(from, LARGEST_SEQ),
    before: before === undefined ? LARGEST_SEQ : Math.min(before, LARGEST_SEQ),
    limit: limit + 1,
  });
  const items = rows.slice(0, limit).map(({ message, avatarId, ...parts }) => shownMessage(message, avatarId, parts));
  return { items, more: rows.length > limit, lastSeq: Math.max(meeting.lastSeq, ...items.map(({ seq }) => seq)) };
}

/** The last `seq` that this principal may not read; 0: everything. */
export async function hiddenUpTo(
  queries: Queries,
  { meeting, standing }: Pick<MeetingAccess, 'meeting' | 'standing'>,
  principal: Principal,
): Promise<number> {
  return standing === 'guest' ? seqBefore(queries, meeting.id, principal) : 0;
}

export interface FoundMessage extends MessageParts {
  message: MessageRow;
  avatarId: string | null;
}

/** The columns of a `FoundMessage`; join the author from `users`. */
export const foundMessage = {
  message: messages,
  avatarId: users.avatarId,
  mentions: mentionsOf,
  reactions: reactionsOf,
  files: filesOf,
};

interface MessagesBetween {
  meetingId: string;
  after: number;
  before: number;
  limit: number;
}

const newestFirst = messagesBetween(desc(messages.seq));
const oldestFirst = messagesBetween(asc(messages.seq));

function messagesBetween(order: SQL) {
  return statement<MessagesBetween, FoundMessage[]>((queries, value) =>
    queries
      .select(foundMessage)
      .from(messages)
      .leftJoin(users, eq(users.id, messages.userId))
      .where(
        and(
          eq(messages.meetingId, value('meetingId')),
          gt(messages.seq, value('after')),
          lt(messages.seq, value('before')),
        ),
      )
      .orderBy(order)
      .limit(sql.placeholder('limit')),
  );
}

/** Never beyond the last message, and never back. For members: others have no read position. */
export async function markRead(
  queries: Queries,
  { meeting, member }: MeetingAccess,
  seq: number,
): Promise<z.output<typeof unreadSchema>> {
  if (member?.state !== 'joined') throw new CodedError('permission.denied');
  const lastSeq = sql<number>`(select ${meetings.lastSeq} from ${meetings} where ${meetings.id} = ${meeting.id})`;
  const [row] = await queries
    .update(members)
    .set({
      lastReadSeq: sql`greatest(${members.lastReadSeq}, least(${Math.min(seq, LARGEST_SEQ)}::integer, ${lastSeq}))`,
    })
    .where(eq(members.id, member.id))
    .returning({ lastReadSeq: members.lastReadSeq, mentioned: members.mentioned, lastSeq });
  if (!row) throw new CodedError('permission.denied');
  // A message of one's own sent at this moment is read, and may not be in the statement's snapshot
  // of the meeting yet.
  const { lastReadSeq } = row;
  return { unread: Math.max(0, row.lastSeq - lastReadSeq), lastReadSeq, mentions: unreadMentions(row) };
}

/**
 * `seq` of the last message before the participant joined, 0 without one. Found from the newest
 * end, where guests read.
 */
async function seqBefore(queries: Queries, meetingId: string, principal: Principal): Promise<number> {
  if (principal.type !== 'participant') throw new CodedError('permission.denied');
  const [admission] = await queries
    .select({ requestedAt: admissions.createdAt, joinedAt: participants.joinedAt })
    .from(admissions)
    .leftJoin(participants, eq(participants.id, admissions.id))
    .where(eq(admissions.id, principal.participantId));
  if (!admission) throw new CodedError('token.invalid');
  const [row] = await queries
    .select({ seq: messages.seq })
    .from(messages)
    // A waiting participant did not get the messages of that time.
    .where(and(eq(messages.meetingId, meetingId), lt(messages.createdAt, admission.joinedAt ?? admission.requestedAt)))
    .orderBy(desc(messages.seq))
    .limit(1);
  if (!row) return 0;
  // Another server sets the time of joining, and its clock may be ahead: a participant's own
  // messages come after it.
  const [own] = await queries
    .select({ first: min(messages.seq) })
    .from(messages)
    .where(and(eq(messages.meetingId, meetingId), eq(messages.sender, principal.participantId)));
  return own?.first ? Math.min(row.seq, own.first - 1) : row.seq;
}

/** Of PostgreSQL's type `integer`: anything larger is beyond every message. */
const LARGEST_SEQ = 2_147_483_647;
