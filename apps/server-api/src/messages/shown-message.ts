import { type Mention, type Message, type MessageFile, type MessageReactions, MOST_NAMED } from '@waterbus/protocol';
import { sql } from 'drizzle-orm';
import { avatarUrl } from '../avatars/avatar-url.js';
import { type MessageRow, messageMentions, messageReactions, messages } from '../database/schema.js';

/** What belongs to a message and stands in other tables. */
export interface MessageParts {
  mentions: Mention[];
  reactions: MessageReactions['list'];
  files: MessageFile[];
}

export const withoutParts: MessageParts = { mentions: [], reactions: [], files: [] };

/** The list of a message's reactions, as JSON. */
export const reactionsOf = sql<MessageReactions['list']>`(
  select coalesce(json_agg(json_build_object('emoji', emoji, 'count', count, 'by', by) order by first, emoji), '[]')
  from (
    select r.emoji, count(*)::integer as count, min(r.created_at) as first,
      (array_agg(
        json_build_object('userId', r.user_id, 'participantId', r.participant_id, 'name', r.name)
        order by r.created_at, r.sender
      ))[1:${sql.raw(String(MOST_NAMED))}] as by
    from ${messageReactions} r where r.message_id = ${messages.id} group by r.emoji
  ) as reactions)`;

export const mentionsOf = sql<Mention[]>`(
  select coalesce(json_agg(
    json_build_object('userId', m.user_id, 'participantId', m.participant_id, 'name', m.name) order by m.position
  ), '[]')
  from ${messageMentions} m where m.message_id = ${messages.id})`;

/** A message in the API: with the name at the time of sending and the current picture. */
export function shownMessage(row: MessageRow, avatarId: string | null, parts: MessageParts): Message {
  const { mentions, reactions, files } = parts;
  return {
    id: row.id,
    seq: row.seq,
    clientId: row.clientId,
    author: {
      userId: row.userId,
      participantId: row.participantId,
      name: row.authorName,
      avatarUrl: avatarUrl(avatarId),
    },
    text: row.deletedAt ? '' : row.text,
    files,
    mentions,
    replyTo: row.replyTo,
    reactions: { version: row.reactionsVersion, list: reactions },
    createdAt: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}
