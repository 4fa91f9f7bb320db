import * as z from 'zod';
import { idSchema } from './ids.js';
import { leaveReasonSchema, roleSchema } from './room.js';

/** The durable stream from Server WS to Server API (R12), and the consumer group that stores it. */
export const ROOM_RECORDS_STREAM = 'room-records';
export const ROOM_RECORDS_GROUP = 'server-api';

/** The records of a live room to store. `at` is milliseconds since 1970. */
export const roomRecordSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('participant.joined'),
    roomId: idSchema,
    participantId: idSchema,
    name: z.string(),
    role: roleSchema,
    hidden: z.boolean().default(false),
    /** Home node. */
    nodeId: idSchema,
    at: z.number(),
  }),
  z.object({
    type: z.literal('participant.left'),
    roomId: idSchema,
    participantId: idSchema,
    reason: leaveReasonSchema,
    at: z.number(),
  }),
  /** The last participant has left. */
  z.object({ type: z.literal('room.ended'), roomId: idSchema, at: z.number() }),
]);
export type RoomRecord = z.infer<typeof roomRecordSchema>;
