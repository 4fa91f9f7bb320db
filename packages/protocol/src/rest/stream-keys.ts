import * as z from 'zod';
import { displayNameSchema, storedNameSchema } from '../names.js';
import { pageOf } from './paging.js';

/** The kind of picture that a stream shows as: a person's, or a screen with its own place. */
export const streamSourceSchema = z.enum(['camera', 'screen']);

/** `publish`: the bearer token of WHIP; `watch`: of WHEP. */
export const streamUseSchema = z.enum(['publish', 'watch']);

export const streamKeySchema = z.object({
  id: z.uuid(),
  /** Of its participant in the call. */
  name: storedNameSchema,
  use: streamUseSchema,
  /** Null: it is for watching. */
  source: streamSourceSchema.nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Null: never used. */
  lastUsedAt: z.iso.datetime().nullable(),
});
export type StreamKey = z.infer<typeof streamKeySchema>;
export const streamKeysPageSchema = pageOf(streamKeySchema);

export const createStreamKeyRequestSchema = z
  .strictObject({
    name: displayNameSchema,
    use: streamUseSchema.default('publish'),
    /** Of a key for publishing only; default `camera`. */
    source: streamSourceSchema.optional(),
    /** Seconds, default 30 days, at most a year. */
    expiresIn: z
      .number()
      .int()
      .min(60)
      .max(366 * 86_400)
      .default(30 * 86_400),
  })
  .refine(({ use, source }) => use === 'publish' || source === undefined, {
    path: ['source'],
    message: 'a key for watching has no source',
  });
export type NewStreamKeyRequest = z.input<typeof createStreamKeyRequestSchema>;
/** `secret` is the bearer token of WHIP or WHEP. It is shown once. */
export const createStreamKeyResponseSchema = z.object({ streamKey: streamKeySchema, secret: z.string() });
