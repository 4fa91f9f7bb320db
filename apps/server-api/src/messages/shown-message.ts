import type { Message } from '@waterbus/protocol';
import { avatarUrl } from '../avatars/avatar-url.js';
import type { MessageRow } from '../database/schema.js';

/** A message in the API: with the name at the time of sending and the current picture. */
export function shownMessage(row: MessageRow, avatarId: string | null): Message {
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
    createdAt: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
  };
}
