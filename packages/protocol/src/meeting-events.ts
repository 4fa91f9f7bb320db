import * as z from 'zod';
import { meetingSchema, messageReactionsSchema, messageSchema, pollSchema } from './rest/index.js';

/**
 * Bus topic of a meeting: events for its members and its participants in the call. Published after
 * the commit (R5).
 */
export function meetingTopic(meetingId: string): string {
  return `meeting.${meetingId}`;
}

/** Live events, without replay. A client that was disconnected reads the lists of the REST API. */
export const meetingEventSchema = z.discriminatedUnion('type', [
  /** Also for an edited and a deleted message: the current message. */
  z.object({ type: z.literal('message.created'), message: messageSchema }),
  z.object({ type: z.literal('message.updated'), message: messageSchema }),
  z.object({ type: z.literal('message.deleted'), message: messageSchema }),
  /** The reactions to this message, as they are now. */
  z.object({
    type: z.literal('message.reacted'),
    messageId: z.uuid(),
    seq: z.number().int().positive(),
    reactions: messageReactionsSchema,
  }),
  z.object({ type: z.literal('poll.created'), poll: pollSchema }),
  /** Votes, or the end. During many votes the server omits states between two events. */
  z.object({ type: z.literal('poll.updated'), poll: pollSchema }),
  z.object({ type: z.literal('poll.deleted'), pollId: z.uuid() }),
  z.object({ type: z.literal('meeting.updated'), meeting: meetingSchema }),
  /** For moderators only: the number of people who wait for admission. */
  z.object({ type: z.literal('waiting.changed'), waiting: z.number().int().nonnegative() }),
  /** For members only: read the list again. */
  z.object({ type: z.literal('members.changed') }),
]);
export type MeetingEvent = z.infer<typeof meetingEventSchema>;
