import { CodedError, type MessageReactions, MOST_MESSAGE_REACTIONS, type Role } from '@waterbus/protocol';
import { and, countDistinct, eq, isNull, sql } from 'drizzle-orm';
import type { Principal } from '../access/principal.js';
import type { MeetingAccess } from '../access/standing.js';
import type { Queries } from '../database/database.js';
import { meetings, messageReactions, messages } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import { authorOf } from './author.js';
import { findMessage } from './find-message.js';
import { hiddenUpTo } from './reading.js';
import { checkMayWrite } from './sending.js';
import { reactionsOf } from './shown-message.js';

/**
 * Adds a reaction of the asker to a message, or removes it (`on: false`). A repetition changes
 * nothing. Rejects with `request.invalid` for anything but one emoji, with `message.not_found`,
 * `message.reactions_full`, `permission.denied`, `meeting.archived` (M4), or a `RateLimitedError`.
 */
export async function react(
  { queries, live, clock, limits }: Pick<ApiParts, 'queries' | 'live' | 'clock' | 'limits'>,
  access: MeetingAccess,
  principal: Principal,
  { messageId, emoji, on }: { messageId: string; emoji: string; on: boolean },
): Promise<MessageReactions> {
  const { meeting } = access;
  const { avatarId: _, authorName: name, ...by } = await authorOf(queries, principal);
  checkMayWrite(meeting, access.standing as Role);
  if (!EMOJI.test(emoji)) throw new CodedError('request.invalid', 'A reaction is one emoji');
  await limits.countBy('message', by.sender);
  const { message } = await findMessage(queries, meeting.id, messageId);
  if (message.seq <= (await hiddenUpTo(queries, access, principal))) throw new CodedError('message.not_found');
  const { reactions, changed } = await queries.transaction(async (transaction) => {
    await lockOpen(transaction, meeting.id, messageId);
    const own = { messageId, emoji, ...by };
    const changes = on
      ? await transaction
          .insert(messageReactions)
          .values({ ...own, name, createdAt: new Date(clock.date()) })
          .onConflictDoNothing()
          .returning({ emoji: messageReactions.emoji })
      : await transaction
          .delete(messageReactions)
          .where(
            and(
              eq(messageReactions.messageId, messageId),
              eq(messageReactions.emoji, emoji),
              eq(messageReactions.sender, by.sender),
            ),
          )
          .returning({ emoji: messageReactions.emoji });
    if (on && changes.length > 0) await checkRoom(transaction, messageId);
    return { reactions: await current(transaction, messageId, changes.length > 0), changed: changes.length > 0 };
  });
  if (changed) await live.publish(meeting.id, { type: 'message.reacted', messageId, seq: message.seq, reactions });
  return reactions;
}

/**
 * The message stays locked: reactions are counted one after the other. A concurrent archive waits,
 * or is visible here (M4).
 */
async function lockOpen(transaction: Queries, meetingId: string, messageId: string): Promise<void> {
  const [open] = await transaction
    .select({ id: meetings.id })
    .from(meetings)
    .where(and(eq(meetings.id, meetingId), isNull(meetings.archivedAt)))
    .for('share');
  if (!open) throw new CodedError('meeting.archived');
  const [message] = await transaction
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.id, messageId), isNull(messages.deletedAt)))
    .for('no key update');
  if (!message) throw new CodedError('message.not_found');
}

async function checkRoom(transaction: Queries, messageId: string): Promise<void> {
  const [row] = await transaction
    .select({ emojis: countDistinct(messageReactions.emoji) })
    .from(messageReactions)
    .where(eq(messageReactions.messageId, messageId));
  if ((row?.emojis ?? 0) > MOST_MESSAGE_REACTIONS) throw new CodedError('message.reactions_full');
}

async function current(transaction: Queries, messageId: string, changed: boolean): Promise<MessageReactions> {
  if (changed) {
    await transaction
      .update(messages)
      .set({ reactionsVersion: sql`${messages.reactionsVersion} + 1` })
      .where(eq(messages.id, messageId));
  }
  const [row] = await transaction
    .select({ version: messages.reactionsVersion, list: reactionsOf })
    .from(messages)
    .where(eq(messages.id, messageId));
  if (!row) throw new CodedError('message.not_found');
  return row;
}

/** One emoji as Unicode recommends it for interchange (UTS 51), also a joined sequence. */
const SETS = 'v';
const EMOJI = new RegExp(String.raw`^\p{RGI_Emoji}$`, SETS);
