import { CodedError } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { messages, users } from '../database/schema.js';
import { type FoundMessage, foundMessage } from './reading.js';

/** Rejects with `message.not_found`. */
export async function findMessage(queries: Queries, meetingId: string, messageId: string): Promise<FoundMessage> {
  const [found] = await queries
    .select(foundMessage)
    .from(messages)
    .leftJoin(users, eq(users.id, messages.userId))
    .where(and(eq(messages.id, messageId), eq(messages.meetingId, meetingId)));
  if (!found) throw new CodedError('message.not_found');
  return found;
}
