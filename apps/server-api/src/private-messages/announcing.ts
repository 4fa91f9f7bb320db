import { and, eq, inArray, or } from 'drizzle-orm';
import { admissions, type PrivateMessageRow } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import { shownPrivately } from './shown.js';

/**
 * Announces a change of a private message to both sides, on whichever of their devices in the call.
 * Never rejects: the message is committed, and a client recovers a lost event from the list.
 */
export async function announce(
  { queries, live, log }: Pick<ApiParts, 'queries' | 'live' | 'log'>,
  type: 'private.created' | 'private.deleted',
  row: PrivateMessageRow,
): Promise<void> {
  const { meetingId, sender, receiver } = row;
  try {
    const present = await live.participantIds(meetingId);
    const places = await queries
      .select({ id: admissions.id, userId: admissions.userId })
      .from(admissions)
      .where(
        and(
          eq(admissions.meetingId, meetingId),
          eq(admissions.state, 'admitted'),
          inArray(admissions.id, present),
          or(
            inArray(admissions.id, [sender, receiver]),
            inArray(
              admissions.userId,
              [row.userId, row.receiverUserId].filter((id) => id !== null),
            ),
          ),
        ),
      );
    const idsOf = (side: string) => places.filter(({ id, userId }) => (userId ?? id) === side).map(({ id }) => id);
    const sides = { from: idsOf(sender), to: idsOf(receiver) };
    const message = shownPrivately(row);
    const { text: _, ...withoutText } = message;
    await live.publish(
      meetingId,
      type === 'private.created' ? { type, message, ...sides } : { type, message: withoutText, ...sides },
    );
  } catch (error) {
    log.warn({ meetingId, err: error }, 'announcing a private message failed');
  }
}
