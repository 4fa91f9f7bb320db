import * as z from 'zod';
import { idSchema } from '../ids.js';
import { isVisible, NOTHING_VISIBLE, storedNameSchema } from '../names.js';
import { MOST_FILES, messageFileSchema } from './files.js';
import { DEFAULT_PAGE, LONGEST_PAGE, queryInteger } from './paging.js';

/** Maximum length of a message in characters. */
export const LONGEST_MESSAGE = 4000;

/** Text over any number of lines. Control characters other than line feed and tab are refused. */
export const messageTextSchema = z
  .string()
  .trim()
  .min(1)
  .max(LONGEST_MESSAGE)
  .refine((value) => !/[^\P{Cc}\n\t]/u.test(value), 'control characters are not allowed')
  .refine(isVisible, NOTHING_VISIBLE);

/** Mentions in one message. */
export const MOST_MENTIONS = 20;
/** Different emojis on one message. */
export const MOST_MESSAGE_REACTIONS = 20;
/** Names of those who reacted with one emoji; the others are counted. */
export const MOST_NAMED = 30;

/** A person in a message: a user, or a guest in the call. */
const personSchema = z.object({
  /** Null: a guest. */
  userId: z.uuid().nullable(),
  /** Null: a user. */
  participantId: idSchema.nullable(),
  /** At the time of the message or the reaction. */
  name: storedNameSchema,
});

/**
 * A mentioned person. `participantId` is also set for a user who was mentioned in the call. In the
 * text stands `@` and the name.
 */
export const mentionSchema = personSchema;
export type Mention = z.infer<typeof mentionSchema>;

export const messageReactionSchema = z.object({
  emoji: z.string(),
  count: z.number().int().positive(),
  /** The first of them, each once. */
  by: z.array(personSchema),
});
/** `version` grows with each change: a lower one is older. The emoji that was used first is first. */
export const messageReactionsSchema = z.object({
  version: z.number().int().nonnegative(),
  list: z.array(messageReactionSchema),
});
export type MessageReactions = z.infer<typeof messageReactionsSchema>;

/** Fields that are optional are missing in messages of servers of an earlier version. */
export const messageSchema = z.object({
  id: z.uuid(),
  /**
   * 1 for the first message of its meeting, one more for each that follows: a gap means that
   * messages were missed.
   */
  seq: z.number().int().positive(),
  /** Chosen by the sender: a retransmitted message (after a lost answer) is the same message. */
  clientId: z.string(),
  author: z.object({
    /** Null: a guest, or a deleted account. */
    userId: z.uuid().nullable(),
    /** Set for a guest. */
    participantId: idSchema.nullable(),
    name: storedNameSchema,
    avatarUrl: z.string().nullable(),
  }),
  /** Empty after deletion. Of a message that was sent with files only: their names, one a line. */
  text: z.string(),
  /** In their order; none after deletion. */
  files: z.array(messageFileSchema).optional(),
  mentions: z.array(mentionSchema).optional(),
  /** `seq` of the message that this one answers, in the same meeting. */
  replyTo: z.number().int().positive().nullable().optional(),
  reactions: messageReactionsSchema.optional(),
  createdAt: z.iso.datetime(),
  editedAt: z.iso.datetime().nullable(),
  deletedAt: z.iso.datetime().nullable(),
});
export type Message = z.infer<typeof messageSchema>;

export const sendMessageRequestSchema = z
  .strictObject({
    /** Optional with files: then it is their names. */
    text: messageTextSchema.optional(),
    /** Ids of this sender's files that belong to no message yet. */
    files: z.array(z.uuid()).max(MOST_FILES).refine(areDifferent, 'each once').optional(),
    clientId: z.uuid(),
    /**
     * Ids of participants in the call and of members, to be mentioned. Others are left out: they may
     * have left in the meantime.
     */
    mentions: z
      .array(z.union([z.strictObject({ userId: z.uuid() }), z.strictObject({ participantId: idSchema })]))
      .max(MOST_MENTIONS)
      .optional(),
    replyTo: z.number().int().positive().max(2_147_483_647).optional(),
  })
  .refine(({ text, files }) => text !== undefined || (files?.length ?? 0) > 0, {
    message: 'required without files',
    path: ['text'],
  });
export type SendMessageRequest = z.infer<typeof sendMessageRequestSchema>;
export const editMessageRequestSchema = z.strictObject({ text: messageTextSchema });
export const messageResponseSchema = z.object({ message: messageSchema });
export const reactionsResponseSchema = z.object({ reactions: messageReactionsSchema });

/** Newest first. With `after`: oldest first, to close a gap. */
export const listMessagesQuerySchema = z.strictObject({
  /** Only older than this `seq`. */
  before: queryInteger(1, Number.MAX_SAFE_INTEGER).optional(),
  /** Only newer than this `seq`. */
  after: queryInteger(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: queryInteger(1, LONGEST_PAGE).default(DEFAULT_PAGE),
});
export const messagesPageSchema = z.object({
  items: z.array(messageSchema),
  /** More messages exist in the requested direction. */
  more: z.boolean(),
  /** Highest `seq` of the meeting. */
  lastSeq: z.number().int().nonnegative(),
});
export type MessagesPage = z.infer<typeof messagesPageSchema>;

/** Everything up to this `seq` is read. A lower value is no error and changes nothing. */
export const markReadRequestSchema = z.strictObject({ seq: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });
export const unreadSchema = z.object({
  unread: z.number().int().nonnegative(),
  /** Those of them that name the reader, at most 100. Absent from earlier servers. */
  mentions: z.number().int().nonnegative().optional(),
  lastReadSeq: z.number().int().nonnegative(),
});

function areDifferent(ids: string[]): boolean {
  return new Set(ids).size === ids.length;
}
