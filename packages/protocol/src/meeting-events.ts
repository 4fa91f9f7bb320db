import * as z from 'zod';
import { breakoutIdSchema, breakoutsSchema } from './breakout-rooms.js';
import { idSchema } from './ids.js';
import { storedNameSchema } from './names.js';
import {
  assignmentsSchema,
  meetingSchema,
  messageReactionsSchema,
  messageSchema,
  pollSchema,
  privateMessageSchema,
} from './rest/index.js';

/**
 * Bus topic of a meeting: events for its members and its participants in the call. Published after
 * the commit (R5).
 */
export function meetingTopic(meetingId: string): string {
  return `meeting.${meetingId}`;
}

/** Ids of the participants in the call who are the author, and of those who are the receiver. */
const sidesOfPrivate = { from: z.array(idSchema), to: z.array(idSchema) };

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
  /**
   * To both sides only: to these participants, and outside of the call to the two users. Server WS
   * and Server API of an earlier version deliver it to nobody.
   */
  z.object({ type: z.literal('private.created'), message: privateMessageSchema, ...sidesOfPrivate }),
  z.object({
    type: z.literal('private.deleted'),
    message: privateMessageSchema.omit({ text: true }),
    ...sidesOfPrivate,
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
  /** Breakout rooms were opened, changed or (null) closed. In the call only, as all that follow. */
  z.object({ type: z.literal('breakouts.changed'), breakouts: breakoutsSchema.nullable() }),
  /** To moderators and to the participants that are named. */
  z.object({ type: z.literal('breakouts.assigned'), assignments: assignmentsSchema }),
  /** A moderator's message to everybody in all rooms. */
  z.object({ type: z.literal('breakouts.message'), id: z.uuid(), name: storedNameSchema, text: z.string().max(500) }),
  /** For moderators only: a participant asks for their help in this room. */
  z.object({
    type: z.literal('breakouts.help'),
    id: z.uuid(),
    participantId: idSchema,
    name: storedNameSchema,
    breakoutId: breakoutIdSchema,
  }),
  /** A participant goes to a room (null: the main room): read the people again. */
  z.object({ type: z.literal('breakouts.moved'), participantId: idSchema, breakoutId: breakoutIdSchema.nullable() }),
]);
export type MeetingEvent = z.infer<typeof meetingEventSchema>;

/** Whether the event is for nobody but the two sides of a private message. */
export function isPrivate(event: MeetingEvent): event is Extract<MeetingEvent, { type: `private.${string}` }> {
  return event.type.startsWith('private.');
}
