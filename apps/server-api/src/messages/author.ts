import { CodedError } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import { type Principal, userIdOf } from '../access/principal.js';
import type { Queries } from '../database/database.js';
import { admissions, type MessageRow, users } from '../database/schema.js';

export type Author = Pick<MessageRow, 'sender' | 'userId' | 'participantId' | 'authorName'> & {
  avatarId: string | null;
};

/**
 * The sender's id of the principal; undefined: a host token and an API key have no author and
 * cannot write.
 */
export function senderOf(principal: Principal): string | undefined {
  return userIdOf(principal) ?? (principal.type === 'participant' ? principal.participantId : undefined);
}

/** A user, also one who writes from within the call; otherwise the participant. */
export async function authorOf(queries: Queries, principal: Principal): Promise<Author> {
  const userId = userIdOf(principal);
  if (userId !== undefined) {
    const [user] = await queries
      .select({ name: users.name, avatarId: users.avatarId })
      .from(users)
      .where(eq(users.id, userId));
    if (!user) throw new CodedError('token.invalid');
    return { sender: userId, userId, participantId: null, authorName: user.name, avatarId: user.avatarId };
  }
  if (principal.type !== 'participant') throw new CodedError('permission.denied');
  const { participantId } = principal;
  const [admission] = await queries
    .select({ name: admissions.name })
    .from(admissions)
    .where(eq(admissions.id, participantId));
  if (!admission) throw new CodedError('token.invalid');
  return { sender: participantId, userId: null, participantId, authorName: admission.name, avatarId: null };
}
