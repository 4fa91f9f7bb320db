import { z } from 'zod';
import { idSchema, meetingCodeSchema } from './ids.js';
import { grantsSchema } from './join-token.js';
import { meetingSchema, messageSchema } from './rest/index.js';
import { roleSchema, sourceSchema } from './room.js';

/**
 * A command of Server API to a participant's home node after its commit (R5, R12): a bus request
 * with this method, the command as its body. The node answers when the command is done. Rejects
 * with `participant.not_found` when the participant has no home there.
 */
export const ROOM_COMMAND = 'room.command';

export const roomCommandSchema = z.discriminatedUnion('type', [
  /** Removes the participant from the call, on all nodes (R8). */
  z.object({
    type: z.literal('remove'),
    roomId: idSchema,
    participantId: idSchema,
    reason: z.enum(['kicked', 'waiting-room', 'room-closed']),
  }),
  /** Stops the participant's stream of a source; its owner may start it again. */
  z.object({ type: z.literal('mute'), roomId: idSchema, participantId: idSchema, source: sourceSchema }),
  /**
   * From now on the participant has this role and these grants; streams without a grant stop (R7).
   */
  z.object({
    type: z.literal('update'),
    roomId: idSchema,
    participantId: idSchema,
    role: roleSchema.optional(),
    grants: grantsSchema.optional(),
  }),
]);
export type RoomCommand = z.infer<typeof roomCommandSchema>;

/**
 * Bus topic of a meeting: events for its members and its participants in the call. Published after
 * the commit (R5).
 */
export function meetingTopic(meetingId: string): string {
  return `meeting.${meetingId}`;
}

/** Bus topic of a user: events for this user only. */
export function userTopic(userId: string): string {
  return `user.${userId}`;
}

/** Live events, without replay. A client that was disconnected reads the lists of the REST API. */
export const meetingEventSchema = z.discriminatedUnion('type', [
  /** Also for an edited and a deleted message: the current message. */
  z.object({ type: z.literal('message.created'), message: messageSchema }),
  z.object({ type: z.literal('message.updated'), message: messageSchema }),
  z.object({ type: z.literal('message.deleted'), message: messageSchema }),
  z.object({ type: z.literal('meeting.updated'), meeting: meetingSchema }),
  /** For moderators only: the number of people who wait for admission. */
  z.object({ type: z.literal('waiting.changed'), waiting: z.number().int().nonnegative() }),
  /** For members only: read the list again. */
  z.object({ type: z.literal('members.changed') }),
]);
export type MeetingEvent = z.infer<typeof meetingEventSchema>;

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

/**
 * The events of `GET /v1/events`, one JSON object in each `data:`: events of all meetings of the
 * user, and of their list.
 */
export const userEventSchema = z.union([
  meetingEventSchema.and(z.object({ meetingCode: meetingCodeSchema })),
  z.object({ type: z.literal('meetings.changed') }),
]);
export type UserEvent = z.infer<typeof userEventSchema>;
