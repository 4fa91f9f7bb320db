import * as z from 'zod';
import { idSchema } from '../ids.js';
import { storedNameSchema } from '../names.js';
import { messageTextSchema } from './messages.js';
import { pageOf } from './paging.js';

/** A user, or a guest in the call; the other id is null. */
const sideSchema = z.object({
  userId: z.uuid().nullable(),
  participantId: idSchema.nullable(),
  /** At the time of sending. */
  name: storedNameSchema,
});

/**
 * A message from one person to another, which nobody else reads: neither host nor back ends. It has
 * no `seq`, whose gaps would show others that private messages exist.
 */
export const privateMessageSchema = z.object({
  id: z.uuid(),
  /** Chosen by the sender: a retransmitted message (after a lost answer) is the same message. */
  clientId: z.string(),
  author: sideSchema,
  to: sideSchema,
  text: z.string(),
  createdAt: z.iso.datetime(),
});
export type PrivateMessage = z.infer<typeof privateMessageSchema>;

/** The same for one of its sides. */
export const ownPrivateMessageSchema = privateMessageSchema.extend({
  /** The reader is its author. */
  own: z.boolean(),
  /** The reader is its receiver and has not read it. Its author is not informed. */
  unread: z.boolean(),
});
export type OwnPrivateMessage = z.infer<typeof ownPrivateMessageSchema>;

/** A participant in the call, or a member of the meeting. */
export const privateReceiverSchema = z.union([
  z.strictObject({ participantId: idSchema }),
  z.strictObject({ userId: z.uuid() }),
]);
export type PrivateReceiver = z.infer<typeof privateReceiverSchema>;

export const sendPrivateMessageRequestSchema = z.strictObject({
  to: privateReceiverSchema,
  text: messageTextSchema,
  clientId: z.uuid(),
});
export type SendPrivateMessageRequest = z.infer<typeof sendPrivateMessageRequestSchema>;
export const privateMessageResponseSchema = z.object({ message: ownPrivateMessageSchema });
/** Newest first. */
export const privateMessagesPageSchema = pageOf(ownPrivateMessageSchema);
/** This received message and all earlier ones are read. */
export const readPrivateMessagesRequestSchema = z.strictObject({ messageId: z.uuid() });
