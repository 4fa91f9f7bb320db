import * as z from 'zod';

/** Bus topic of a user: events for this user only. */
export function userTopic(userId: string): string {
  return `user.${userId}`;
}

/** On a user's topic, after the commit (R5). */
export const userTopicEventSchema = z.discriminatedUnion('type', [
  /**
   * Signed out, or the account is deleted. Without `sessionId`: several sessions ended; the others
   * continue.
   */
  z.object({ type: z.literal('session.ended'), sessionId: z.uuid().optional() }),
  /** The user has become a member of a meeting, or has ceased to be one. */
  z.object({ type: z.literal('meetings.changed') }),
]);
export type UserTopicEvent = z.infer<typeof userTopicEventSchema>;
