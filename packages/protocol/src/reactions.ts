import * as z from 'zod';
import { idSchema } from './ids.js';

/** The reactions that a participant can send. They are shown for seconds and stored nowhere. */
export const REACTIONS = ['👍', '❤️', '👏', '😂', '😮', '🎉'] as const;
export const reactionSchema = z.enum(REACTIONS);
export type Reaction = z.infer<typeof reactionSchema>;

/** Maximum number of reactions in one event; the others of that moment are dropped. */
export const MOST_REACTIONS = 20;

/** A later version may send others: readers ignore a reaction that they do not know. */
export const reactionsSchema = z.object({
  reactions: z.array(z.object({ participantId: idSchema, emoji: z.string().min(1).max(16) })).max(MOST_REACTIONS),
});
export type SentReaction = z.infer<typeof reactionsSchema>['reactions'][number];
