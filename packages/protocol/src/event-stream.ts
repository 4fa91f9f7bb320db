import * as z from 'zod';
import { meetingCodeSchema } from './ids.js';
import { meetingEventSchema } from './meeting-events.js';

/**
 * The events of `GET /v1/events`, one JSON object in each `data:`: events of all meetings of the
 * user, and of their list.
 */
export const userEventSchema = z.union([
  meetingEventSchema.and(z.object({ meetingCode: meetingCodeSchema })),
  z.object({ type: z.literal('meetings.changed') }),
]);
export type UserEvent = z.infer<typeof userEventSchema>;
