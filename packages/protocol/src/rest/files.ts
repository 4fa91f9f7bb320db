import * as z from 'zod';
import { idSchema } from '../ids.js';
import { storedNameSchema } from '../names.js';
import { pageOf } from './paging.js';

/** Files of one message. */
export const MOST_FILES = 10;
/** Characters of a file's name. */
export const LONGEST_FILE_NAME = 200;
/** Bytes of a preview. */
export const LARGEST_PREVIEW = 200 * 1024;

/** Types of pictures that browsers draw without running code. */
export const filePictureTypeSchema = z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);

export const messageFileSchema = z.object({
  id: z.uuid(),
  /** Without folders and control characters. */
  name: z.string(),
  /** Bytes. */
  size: z.number().int().nonnegative(),
  /** Null: a file to be saved, whatever its name. */
  picture: z
    .object({
      type: filePictureTypeSchema,
      /** Pixels, as it is shown. */
      width: z.number().int().positive(),
      height: z.number().int().positive(),
      /** A small picture of it exists. */
      preview: z.boolean(),
    })
    .nullable(),
});
export type MessageFile = z.infer<typeof messageFileSchema>;

export const newFileRequestSchema = z.strictObject({
  /** The server removes folders, control characters and characters that change the direction. */
  name: z.string().min(1).max(1000),
  /** Bytes of the body that follows. */
  size: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
});
export const fileResponseSchema = z.object({ file: messageFileSchema });

/** A file in the list of a meeting. */
export const meetingFileSchema = messageFileSchema.extend({
  messageId: z.uuid(),
  /** Of its message. */
  seq: z.number().int().positive(),
  /** Of its message: null as there. */
  author: z.object({ userId: z.uuid().nullable(), participantId: idSchema.nullable(), name: storedNameSchema }),
  createdAt: z.iso.datetime(),
});
export type MeetingFile = z.infer<typeof meetingFileSchema>;
export const filesPageSchema = pageOf(meetingFileSchema);
