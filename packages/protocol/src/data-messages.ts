import * as z from 'zod';
import { idSchema } from './ids.js';
import { utf8Length } from './participant-metadata.js';

/** Bytes of a payload: of its text in UTF-8, or of what its base64 text stands for. */
export const LONGEST_DATA = 8192;

/** Participants that one message names as receivers. */
export const MOST_DATA_RECEIVERS = 100;

const topicSchema = z.string().min(1).max(64);

/** The payload is base64 text of bytes; left out: it is the text itself. */
const encodingSchema = z.literal('base64');

/** A message of one participant to the others in the call. */
export const dataRequestSchema = z
  .strictObject({
    /** Chosen by the application; receivers distinguish messages by it. */
    topic: topicSchema,
    payload: z.string().max(longestBase64()),
    encoding: encodingSchema.optional(),
    /** Ids of participants; left out: all others in the call, observers included. */
    to: z.array(idSchema).min(1).max(MOST_DATA_RECEIVERS).optional(),
  })
  .refine(({ payload, encoding }) => encoding === undefined || BASE64.test(payload), {
    path: ['payload'],
    message: 'not base64',
  })
  .refine((message) => dataLength(message) <= LONGEST_DATA, {
    path: ['payload'],
    message: `longer than ${LONGEST_DATA} bytes`,
  });
export type DataRequest = z.infer<typeof dataRequestSchema>;

/** The message as its receivers get it. */
export const dataMessageSchema = z.object({
  /** Of this message: two servers may send it while a session moves from one to the other. */
  id: idSchema,
  /** The sender. */
  participantId: idSchema,
  topic: topicSchema,
  payload: z.string().max(longestBase64()),
  encoding: encodingSchema.optional(),
});
export type DataMessage = z.infer<typeof dataMessageSchema>;

/** Bytes of the payload. */
export function dataLength({ payload, encoding }: { payload: string; encoding?: 'base64' | undefined }): number {
  if (encoding === undefined) return utf8Length(payload);
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  return (payload.length / 4) * 3 - padding;
}

/** Characters of base64 text (RFC 4648 section 4) of the longest payload. */
function longestBase64(): number {
  return Math.ceil(LONGEST_DATA / 3) * 4;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
