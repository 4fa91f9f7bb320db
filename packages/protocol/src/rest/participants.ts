import * as z from 'zod';
import { breakoutIdSchema } from '../breakout-rooms.js';
import { idSchema, MAX_REPLACED } from '../ids.js';
import { storedNameSchema } from '../names.js';
import { participantMetadataSchema } from '../participant-metadata.js';
import { leaveReasonSchema, roleSchema, roomParticipantSchema, sourceSchema } from '../room.js';
import { pageOf } from './paging.js';

/** A participant in the call now. */
export const liveParticipantSchema = roomParticipantSchema.omit({ producers: true }).extend({
  /** Its breakout room; absent: the main room. */
  breakoutId: breakoutIdSchema.optional(),
  producers: z.array(z.object({ source: sourceSchema, paused: z.boolean() })),
});
export type LiveParticipant = z.infer<typeof liveParticipantSchema>;
export const liveParticipantsPageSchema = pageOf(liveParticipantSchema);

/** A participant of the requesting user in the call now, on any of their devices. */
export const ownParticipantSchema = liveParticipantSchema.pick({ id: true, name: true, joinedAt: true });
export type OwnParticipant = z.infer<typeof ownParticipantSchema>;
export const ownParticipantsSchema = z.object({ items: z.array(ownParticipantSchema).max(MAX_REPLACED) });

/** A presence in a call, current or past. */
export const presenceSchema = z.object({
  id: idSchema,
  userId: z.uuid().nullable(),
  name: storedNameSchema,
  role: roleSchema,
  joinedAt: z.iso.datetime(),
  leftAt: z.iso.datetime().nullable(),
  leaveReason: leaveReasonSchema.nullable(),
});
export type Presence = z.infer<typeof presenceSchema>;
export const presencesPageSchema = pageOf(presenceSchema);

export const muteRequestSchema = z.strictObject({
  source: sourceSchema.extract(['microphone', 'screen-audio']).default('microphone'),
});
export const stopVideoRequestSchema = z.strictObject({
  source: sourceSchema.extract(['camera', 'screen']).default('camera'),
});
/** Permissions of one participant from now on, independent of the settings. */
export const updateParticipantRequestSchema = z.strictObject({
  publish: z.array(sourceSchema).max(sourceSchema.options.length).optional(),
  subscribe: z.boolean().optional(),
  sendData: z.boolean().optional(),
  setMetadata: z.boolean().optional(),
  /** All of it from now on; for API keys only. */
  metadata: participantMetadataSchema.optional(),
});
/**
 * A ban keeps out the participant's account, if any, and all others at the same network address
 * that are not members.
 */
export const banRequestSchema = z.strictObject({
  reason: z.string().max(200).optional(),
});

/** A person who waits for admission. */
export const waitingParticipantSchema = z.object({
  id: idSchema,
  name: storedNameSchema,
  userId: z.uuid().nullable(),
  since: z.iso.datetime(),
});
export type WaitingParticipant = z.infer<typeof waitingParticipantSchema>;
export const waitingPageSchema = pageOf(waitingParticipantSchema);

export const banSchema = z.object({
  id: z.uuid(),
  /** Null: a guest, banned by network address. */
  userId: z.uuid().nullable(),
  name: storedNameSchema,
  reason: z.string().nullable(),
  createdAt: z.iso.datetime(),
});
export type Ban = z.infer<typeof banSchema>;
export const bansPageSchema = pageOf(banSchema);
export const banResponseSchema = z.object({ ban: banSchema });
