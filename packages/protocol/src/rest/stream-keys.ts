import { z } from 'zod';
import { displayNameSchema, storedNameSchema } from '../names.js';
import { pageOf } from './paging.js';

/** The kind of picture that a stream shows as: a person's, or a screen with its own place. */
export const streamSourceSchema = z.enum(['camera', 'screen']);

export const streamKeySchema = z.object({
  id: z.uuid(),
  /** Of its participant in the call. */
  name: storedNameSchema,
  source: streamSourceSchema,
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Null: never used. */
  lastUsedAt: z.iso.datetime().nullable(),
});
export type StreamKey = z.infer<typeof streamKeySchema>;
export const streamKeysPageSchema = pageOf(streamKeySchema);

export const createStreamKeyRequestSchema = z.strictObject({
  name: displayNameSchema,
  source: streamSourceSchema.default('camera'),
  /** Seconds, default 30 days, at most a year. */
  expiresIn: z
    .number()
    .int()
    .min(60)
    .max(366 * 86_400)
    .default(30 * 86_400),
});
/** `secret` is the bearer token of WHIP. It is shown once. */
export const createStreamKeyResponseSchema = z.object({ streamKey: streamKeySchema, secret: z.string() });
