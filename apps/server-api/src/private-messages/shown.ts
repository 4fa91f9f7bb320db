import type { OwnPrivateMessage, PrivateMessage } from '@waterbus/protocol';
import type { PrivateMessageRow } from '../database/schema.js';

/** A private message, as both sides receive it. */
export function shownPrivately(row: PrivateMessageRow): PrivateMessage {
  return {
    id: row.id,
    clientId: row.clientId,
    author: side(row.userId, row.sender, row.authorName),
    to: side(row.receiverUserId, row.receiver, row.receiverName),
    text: row.text,
    createdAt: row.createdAt.toISOString(),
  };
}

/** The same for the side with this id. */
export function shownTo(reader: string, row: PrivateMessageRow): OwnPrivateMessage {
  const own = row.sender === reader;
  return { ...shownPrivately(row), own, unread: !own && row.readAt === null };
}

function side(userId: string | null, id: string, name: string): PrivateMessage['author'] {
  return { userId, participantId: userId === null ? id : null, name };
}
