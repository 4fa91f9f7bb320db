import * as z from 'zod';
import { idSchema } from './ids.js';
import { grantsSchema } from './join-token.js';
import { storedMetadataSchema } from './participant-metadata.js';
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
    /**
     * The person has moved to another device: the reason is `replaced`. A home of an earlier version
     * ignores it and states `reason`.
     */
    replaced: z.boolean().optional(),
    /**
     * The participant may join anew at once: its client receives `expired` and does so. A home of an
     * earlier version ignores it and states `reason`.
     */
    returns: z.boolean().optional(),
  }),
  /** Stops the participant's stream of a source; its owner may start it again. */
  z.object({ type: z.literal('mute'), roomId: idSchema, participantId: idSchema, source: sourceSchema }),
  /** Lowers the participant's hand; it may raise it again. */
  z.object({ type: z.literal('lower-hand'), roomId: idSchema, participantId: idSchema }),
  /** Puts the participant in the spotlight, or takes it out. */
  z.object({ type: z.literal('spotlight'), roomId: idSchema, participantId: idSchema, spotlit: z.boolean() }),
  /**
   * From now on the participant has this role and these grants; streams without a grant stop (R7).
   */
  z.object({
    type: z.literal('update'),
    roomId: idSchema,
    participantId: idSchema,
    role: roleSchema.optional(),
    grants: grantsSchema.optional(),
    /** All of it; a home of an earlier version ignores it. */
    metadata: storedMetadataSchema.optional(),
  }),
]);
export type RoomCommand = z.infer<typeof roomCommandSchema>;
