import type { Message } from '@waterbus/protocol';
import { avatarUrl } from '../avatars/avatar-url.js';
import type { MessageRow } from '../database/schema.js';

/** A message as the API shows it: with the name of then and the picture of now. */
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
