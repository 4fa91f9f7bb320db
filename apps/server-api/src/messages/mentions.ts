import type { Mention, SendMessageRequest } from '@waterbus/protocol';
import { and, eq, inArray } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions, members, users } from '../database/schema.js';

/**
 * The mentioned people, each once, with their names: participants of the call and members. Others
 * are left out, so that a sender learns nothing about ids.
 */
export async function mentionsFor(
  queries: Queries,
  meetingId: string,
  asked: NonNullable<SendMessageRequest['mentions']>,
): Promise<Mention[]> {
  const userIds = asked.flatMap((one) => ('userId' in one ? one.userId : []));
  const participantIds = asked.flatMap((one) => ('participantId' in one ? one.participantId : []));
  const found: Mention[] = [];
  if (participantIds.length > 0) {
    const participants = await queries
      .select({ userId: admissions.userId, participantId: admissions.id, name: admissions.name })
      .from(admissions)
      .where(
        and(
          eq(admissions.meetingId, meetingId),
          inArray(admissions.id, participantIds),
          eq(admissions.state, 'admitted'),
        ),
      );
    found.push(...participants);
  }
  if (userIds.length > 0) {
    const joined = await queries
      .select({ userId: members.userId, name: users.name })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(eq(members.meetingId, meetingId), inArray(members.userId, userIds), eq(members.state, 'joined')));
    found.push(...joined.map((one) => ({ ...one, participantId: null })));
  }
  const seen = new Set<string>();
  return found.filter(({ userId, participantId }) => {
    const id = userId ?? participantId ?? '';
    return !seen.has(id) && seen.add(id);
  });
}
