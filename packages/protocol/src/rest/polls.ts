import * as z from 'zod';
import { idSchema } from '../ids.js';
import { shownText, storedNameSchema } from '../names.js';
import { pageOf } from './paging.js';
import { timeZoneSchema } from './schedule.js';

/** Polls of a meeting, and open ones of these. */
export const MOST_POLLS = 100;
export const MOST_OPEN_POLLS = 10;
/** Choices of a poll. */
export const FEWEST_CHOICES = 2;
export const MOST_CHOICES = 10;
/** Characters. */
export const LONGEST_QUESTION = 300;
export const LONGEST_CHOICE = 120;
/** Names of the voters of one choice in an answer or event; the others are counted. */
export const MOST_NAMED_VOTERS = 20;

/** Their text as it was stored. */
const questionSchema = z.string().min(1).max(LONGEST_QUESTION);
const choiceTextSchema = z.string().min(1).max(LONGEST_CHOICE);

/** Indexes into `choices`, each once. */
const chosenSchema = z
  .array(
    z
      .int()
      .min(0)
      .max(MOST_CHOICES - 1),
  )
  .max(MOST_CHOICES);

const pollPersonSchema = z.object({
  /** Null: a guest, or a deleted account. */
  userId: z.uuid().nullable(),
  /** Set for a guest. */
  participantId: idSchema.nullable(),
  /** At the time of the poll or the vote. */
  name: storedNameSchema,
});

/** The votes for one choice. */
export const pollResultSchema = z.object({
  votes: z.number().int().nonnegative(),
  /** The first of them, in the order of their votes; absent: the poll is anonymous. */
  voters: z.array(pollPersonSchema).optional(),
});
export type PollResult = z.infer<typeof pollResultSchema>;

export const pollSchema = z.object({
  id: z.uuid(),
  question: questionSchema,
  choices: z.array(choiceTextSchema),
  /** Voters may choose several. */
  multiple: z.boolean(),
  /** The server shows voters to nobody, and forgets them when the poll is closed. */
  anonymous: z.boolean(),
  /** The time from which participants see the results: the first vote, or the end of the poll. */
  resultsFrom: z.enum(['start', 'end']),
  /** Null: a back end created it, or the holder of the host token outside of the call. */
  author: pollPersonSchema.nullable(),
  createdAt: z.iso.datetime(),
  /** Null: open. */
  closedAt: z.iso.datetime().nullable(),
  /** Grows with each change: a lower one is older. */
  version: z.number().int().positive(),
  /** People who have voted. */
  voters: z.number().int().nonnegative(),
  /** By choice, in their order; null: hidden until the poll is closed. */
  results: z.array(pollResultSchema).nullable(),
  /**
   * The choices of the requesting person; null: it has not voted, or the server has forgotten who
   * chose them. Absent from events.
   */
  ownVote: chosenSchema.nullable().optional(),
});
export type Poll = z.infer<typeof pollSchema>;
export const pollResponseSchema = z.object({ poll: pollSchema });
export const pollsPageSchema = pageOf(pollSchema);

export const createPollRequestSchema = z.strictObject({
  question: shownText(LONGEST_QUESTION),
  choices: z
    .array(shownText(LONGEST_CHOICE))
    .min(FEWEST_CHOICES)
    .max(MOST_CHOICES)
    .refine((choices) => new Set(choices).size === choices.length, 'choices must differ'),
  multiple: z.boolean().default(false),
  anonymous: z.boolean().default(false),
  resultsFrom: z.enum(['start', 'end']).default('start'),
});
export type CreatePollRequest = z.input<typeof createPollRequestSchema>;

/** Replaces the own vote; an empty one withdraws it. */
export const votePollRequestSchema = z.strictObject({
  chosen: chosenSchema.refine((choices) => new Set(choices).size === choices.length, 'choices must differ'),
  /**
   * A random UUID that a guest's page keeps: a guest that had to join again under another id
   * replaces the own vote with it, instead of voting twice.
   */
  voterKey: z.uuid().optional(),
});
export type VotePollRequest = z.infer<typeof votePollRequestSchema>;

/** `timeZone`: of the times in the file. */
export const pollsFileQuerySchema = z.strictObject({ timeZone: timeZoneSchema.default('UTC') });
