import * as z from 'zod';
import {
  breakoutIdSchema,
  breakoutsSchema,
  FEWEST_BREAKOUTS,
  MOST_ASSIGNMENTS,
  MOST_BREAKOUTS,
} from '../breakout-rooms.js';
import { idSchema } from '../ids.js';
import { shownText, storedNameSchema } from '../names.js';
import { roleSchema } from '../room.js';
import { joinMeetingResponseSchema } from './meetings.js';

/** Participants by id, each with its breakout room; null: the main room. */
export const assignmentsSchema = z
  .record(idSchema, breakoutIdSchema.nullable())
  .refine((all) => Object.keys(all).length <= MOST_ASSIGNMENTS, `at most ${MOST_ASSIGNMENTS} participants`);
export type Assignments = z.infer<typeof assignmentsSchema>;

/** Seconds until all return to the main room: at most a day. */
const endsInSchema = z.int().min(1).max(86_400);

export const openBreakoutsRequestSchema = z.strictObject({
  rooms: z
    .array(
      z.strictObject({
        name: shownText(60),
        /** Ids of the participants that belong there; without it the room is empty at first. */
        participantIds: z.array(idSchema).max(MOST_ASSIGNMENTS).optional(),
      }),
    )
    .min(FEWEST_BREAKOUTS)
    .max(MOST_BREAKOUTS),
  /** Participants choose their rooms. Default: moderators assign them. */
  choice: z.boolean().optional(),
  /** Without it the rooms stay open until a moderator closes them. */
  endsIn: endsInSchema.optional(),
});
export type OpenBreakoutsRequest = z.infer<typeof openBreakoutsRequestSchema>;

/** `endsIn` null: no end. */
export const updateBreakoutsRequestSchema = z.strictObject({
  endsIn: endsInSchema.nullable().optional(),
  choice: z.boolean().optional(),
});
export type UpdateBreakoutsRequest = z.infer<typeof updateBreakoutsRequestSchema>;

export const assignRequestSchema = z.strictObject({ assignments: assignmentsSchema });

export const breakoutMessageRequestSchema = z.strictObject({ text: shownText(500) });

/** `breakoutId` null: the main room. */
export const enterBreakoutRequestSchema = z.strictObject({
  breakoutId: breakoutIdSchema.nullable(),
  /** Of a former presence of the same client, which was assigned. */
  breakoutToken: z.string().max(4096).optional(),
});

/** A join token for the other room of the same meeting, for the same participant. */
export const enteredBreakoutSchema = joinMeetingResponseSchema.extend({
  /** With which the client joins the same room after a reload; null: the main room. */
  breakoutToken: z.string().nullable(),
});
export type EnteredBreakout = z.infer<typeof enteredBreakoutSchema>;

/** A person in one of the rooms. */
export const breakoutPersonSchema = z.object({
  id: idSchema,
  name: storedNameSchema,
  role: roleSchema,
  /** Where it belongs; null: it was not assigned. For moderators. */
  assigned: breakoutIdSchema.nullable().optional(),
});
export type BreakoutPerson = z.infer<typeof breakoutPersonSchema>;

/** The people by room. `main`: those in the main room. */
export const breakoutPeopleSchema = z.object({
  breakouts: breakoutsSchema.nullable(),
  main: z.array(breakoutPersonSchema),
  rooms: z.array(z.object({ id: breakoutIdSchema, people: z.array(breakoutPersonSchema) })),
  /** The room to which the asking participant is assigned. */
  assigned: breakoutIdSchema.nullable(),
});
export type BreakoutPeople = z.infer<typeof breakoutPeopleSchema>;

export const breakoutsResponseSchema = z.object({ breakouts: breakoutsSchema });
