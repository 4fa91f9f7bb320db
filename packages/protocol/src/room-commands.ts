import { z } from 'zod';
import { idSchema, meetingCodeSchema } from './ids.js';
import { grantsSchema } from './join-token.js';
import { meetingSchema, messageSchema } from './rest/index.js';
import { roleSchema, sourceSchema } from './room.js';

/**
 * What Server API asks of a participant's home node once it is committed (R5, R12): a bus request with this method, the command
 * as its body. The answer comes when it is done. Rejects with `participant.not_found` when the participant is not at home there.
 */
export const ROOM_COMMAND = 'room.command';

export const roomCommandSchema = z.discriminatedUnion('type', [
  /** Out of the call, on all nodes (R8). */
  z.object({
    type: z.literal('remove'),
    roomId: idSchema,
    participantId: idSchema,
    reason: z.enum(['kicked', 'waiting-room', 'room-closed']),
  }),
  /** Stops what the participant sends of a source; its owner may start it again. */
  z.object({ type: z.literal('mute'), roomId: idSchema, participantId: idSchema, source: sourceSchema }),
  /** From now on the participant has this role and these grants; what is not granted any more stops (R7). */
  z.object({
    type: z.literal('update'),
    roomId: idSchema,
    participantId: idSchema,
    role: roleSchema.optional(),
    grants: grantsSchema.optional(),
  }),
]);
export type RoomCommand = z.infer<typeof roomCommandSchema>;

/** Bus topic of a meeting: what its members, and those in its call, are told at once. Published after the commit (R5). */
export function meetingTopic(meetingId: string): string {
  return `meeting.${meetingId}`;
}

/** Bus topic of a user: what concerns nobody else. */
export function userTopic(userId: string): string {
  return `user.${userId}`;
}

/** Told live. Who was away reads the lists of the REST API instead: nothing is replayed. */
export const meetingEventSchema = z.discriminatedUnion('type', [
  /** Also for an edited and a deleted one: the message as it is now. */
  z.object({ type: z.literal('message.created'), message: messageSchema }),
  z.object({ type: z.literal('message.updated'), message: messageSchema }),
  z.object({ type: z.literal('message.deleted'), message: messageSchema }),
  z.object({ type: z.literal('meeting.updated'), meeting: meetingSchema }),
  /** For moderators only: how many wait to be let in. */
  z.object({ type: z.literal('waiting.changed'), waiting: z.number().int().nonnegative() }),
  /** For members only: read the list again. */
  z.object({ type: z.literal('members.changed') }),
]);
export type MeetingEvent = z.infer<typeof meetingEventSchema>;

/** On a user's topic, after the commit (R5). */
export const userTopicEventSchema = z.discriminatedUnion('type', [
  /** Signed out, or the account is gone. Without `sessionId`: of several sessions; those that are left go on. */
  z.object({ type: z.literal('session.ended'), sessionId: z.uuid().optional() }),
  /** The user has become a member of a meeting, or is none any more. */
  z.object({ type: z.literal('meetings.changed') }),
]);
export type UserTopicEvent = z.infer<typeof userTopicEventSchema>;

/** What `GET /v1/events` tells a user, one JSON object in each `data:`: events of all their meetings, and of the list of these. */
export const userEventSchema = z.union([
  meetingEventSchema.and(z.object({ meetingCode: meetingCodeSchema })),
  z.object({ type: z.literal('meetings.changed') }),
]);
export type UserEvent = z.infer<typeof userEventSchema>;
