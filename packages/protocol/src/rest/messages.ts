import * as z from 'zod';
import { idSchema } from '../ids.js';
import { isVisible, NOTHING_VISIBLE, storedNameSchema } from '../names.js';
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
  /** Empty after deletion. */
  text: z.string(),
  createdAt: z.iso.datetime(),
  editedAt: z.iso.datetime().nullable(),
  deletedAt: z.iso.datetime().nullable(),
});
export type Message = z.infer<typeof messageSchema>;

export const sendMessageRequestSchema = z.strictObject({ text: messageTextSchema, clientId: z.uuid() });
export const editMessageRequestSchema = z.strictObject({ text: messageTextSchema });
export const messageResponseSchema = z.object({ message: messageSchema });

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
  lastReadSeq: z.number().int().nonnegative(),
});
