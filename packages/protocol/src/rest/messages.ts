import { z } from 'zod';
import { idSchema } from '../ids.js';
import { isVisible, NOTHING_VISIBLE, storedNameSchema } from '../names.js';
import { DEFAULT_PAGE, LONGEST_PAGE, queryInteger } from './paging.js';

/** Characters of a message. */
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
  /** 1 for the first of its meeting, one more for each that follows: a gap tells that some were missed. */
  seq: z.number().int().positive(),
  /** As the sender gave it: a message sent again after a lost answer is the same message. */
  clientId: z.string(),
  author: z.object({
    /** Null: a guest, or an account that is gone. */
    userId: z.uuid().nullable(),
    /** Of a guest. */
    participantId: idSchema.nullable(),
    name: storedNameSchema,
    avatarUrl: z.string().nullable(),
  }),
  /** Empty once deleted. */
  text: z.string(),
  createdAt: z.iso.datetime(),
  editedAt: z.iso.datetime().nullable(),
  deletedAt: z.iso.datetime().nullable(),
});
export type Message = z.infer<typeof messageSchema>;

export const sendMessageRequestSchema = z.strictObject({ text: messageTextSchema, clientId: z.uuid() });
export const editMessageRequestSchema = z.strictObject({ text: messageTextSchema });
export const messageResponseSchema = z.object({ message: messageSchema });

/** Newest first, unless `after` is given: then oldest first, for closing a gap. */
export const listMessagesQuerySchema = z.strictObject({
  /** Only older than this `seq`. */
  before: queryInteger(1, Number.MAX_SAFE_INTEGER).optional(),
  /** Only newer than this `seq`. */
  after: queryInteger(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: queryInteger(1, LONGEST_PAGE).default(DEFAULT_PAGE),
});
export const messagesPageSchema = z.object({
  items: z.array(messageSchema),
  /** There are more in the direction asked for. */
  more: z.boolean(),
  /** Highest `seq` of the meeting. */
  lastSeq: z.number().int().nonnegative(),
});
export type MessagesPage = z.infer<typeof messagesPageSchema>;

/** Everything up to this `seq` is read. Going back is no error and changes nothing. */
export const markReadRequestSchema = z.strictObject({ seq: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) });
export const unreadSchema = z.object({
  unread: z.number().int().nonnegative(),
  lastReadSeq: z.number().int().nonnegative(),
});
