import { CodedError, type OwnPrivateMessage, type Role, type SendPrivateMessageRequest } from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { meetings, members, type PrivateMessageRow, privateMessages } from '../database/schema.js';
import { raiseMember } from '../meeting/activity.js';
import { settingsOf } from '../meeting/settings.js';
import { type Author, authorOf } from '../messages/author.js';
import type { ApiParts } from '../parts.js';
import { announce } from './announcing.js';
import { checkMayWritePrivately, type Receiver, receiverOf } from './receiver.js';
import { shownTo } from './shown.js';

type Parts = Pick<ApiParts, 'queries' | 'live' | 'clock' | 'limits' | 'log'>;

/**
 * Stores a private message and then announces it to its two sides (R5). A repetition after a lost
 * answer returns the same message, not `fresh`. Rejects with `permission.denied` unless the meeting
 * permits the message, with `participant.not_found`, `request.invalid` for a message to oneself,
 * `meeting.archived` (M4), or a `RateLimitedError`.
 */
export async function sendPrivately(
  parts: Parts,
  access: MeetingAccess,
  principal: Principal,
  { to, text, clientId }: SendPrivateMessageRequest,
): Promise<{ message: OwnPrivateMessage; fresh: boolean }> {
  const { queries, clock, limits } = parts;
  const author = await authorOf(queries, principal);
  await limits.countBy('message', author.sender);
  const meetingId = access.meeting.id;
  const known = await sentBefore(queries, meetingId, author.sender, clientId);
  if (known) return { message: shownTo(author.sender, known), fresh: false };
  const receiver = await receiverOf(parts, meetingId, to);
  if (receiver.id === author.sender) throw new CodedError('request.invalid', 'to: the sender');
  const row = await queries.transaction(async (transaction) => {
    await checkMayNow(transaction, access, receiver);
    const [inserted] = await transaction
      .insert(privateMessages)
      .values({ ...sides(author, receiver), meetingId, clientId, text, createdAt: new Date(clock.date()) })
      .onConflictDoNothing()
      .returning();
    return inserted;
  });
  if (row) {
    for (const userId of [row.userId, row.receiverUserId]) {
      if (userId !== null) await raiseMember(queries, meetingId, userId, row.createdAt);
    }
    await announce(parts, 'private.created', row);
    return { message: shownTo(author.sender, row), fresh: true };
  }
  const before = await sentBefore(queries, meetingId, author.sender, clientId);
  if (!before) throw new Error('a private message is neither new nor known');
  return { message: shownTo(author.sender, before), fresh: false };
}

/**
 * The setting, the archive (M4) and the sender's membership (R7) as they are committed: their
 * changes wait for this transaction, or apply here.
 */
async function checkMayNow(
  transaction: Pick<Queries, 'select'>,
  { meeting: { id }, member, standing }: MeetingAccess,
  receiver: Receiver,
): Promise<void> {
  const [open] = await transaction
    .select({ settings: meetings.settings })
    .from(meetings)
    .where(and(eq(meetings.id, id), isNull(meetings.archivedAt)))
    .for('share');
  if (!open) throw new CodedError('meeting.archived');
  let role = standing as Role;
  if (member) {
    const [now] = await transaction
      .select({ role: members.role })
      .from(members)
      .where(and(eq(members.id, member.id), eq(members.state, 'joined')))
      .for('share');
    if (!now) throw new CodedError('permission.denied');
    role = now.role;
  }
  checkMayWritePrivately(settingsOf(open), role, receiver.role);
}

function sides({ sender, userId, authorName }: Author, receiver: Receiver) {
  return {
    sender,
    userId,
    authorName,
    receiver: receiver.id,
    receiverUserId: receiver.userId,
    receiverName: receiver.name,
  };
}

async function sentBefore(
  queries: Queries,
  meetingId: string,
  sender: string,
  clientId: string,
): Promise<PrivateMessageRow | undefined> {
  const [row] = await queries
    .select()
    .from(privateMessages)
    .where(
      and(
        eq(privateMessages.meetingId, meetingId),
        eq(privateMessages.sender, sender),
        eq(privateMessages.clientId, clientId),
      ),
    );
  return row;
}
