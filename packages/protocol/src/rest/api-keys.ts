import * as z from 'zod';
import { grantsSchema, JOIN_TOKEN_LIFETIME, LONGEST_JOIN_TOKEN_LIFETIME } from '../join-token.js';
import { displayNameSchema, shownText, storedNameSchema } from '../names.js';
import { participantMetadataSchema } from '../participant-metadata.js';
import { roleSchema } from '../room.js';
import { pageOf } from './paging.js';

export const apiKeySchema = z.object({
  id: z.string(),
  name: storedNameSchema,
  createdAt: z.iso.datetime(),
  /** Null: never. */
  expiresAt: z.iso.datetime().nullable(),
  /** To the minute; null: never used. */
  lastUsedAt: z.iso.datetime().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
export const apiKeysSchema = pageOf(apiKeySchema);

export const createApiKeyRequestSchema = z.strictObject({
  name: shownText(64),
  /** Seconds; left out: the key does not expire. */
  expiresIn: z
    .number()
    .int()
    .min(60)
    .max(10 * 365 * 86_400)
    .optional(),
});
/** `secret` goes into the Authorization header as a bearer token. It is shown once. */
export const createApiKeyResponseSchema = z.object({ apiKey: apiKeySchema, secret: z.string() });

/** A join token for a person without an account. */
export const createJoinTokenRequestSchema = z.strictObject({
  name: displayNameSchema,
  role: roleSchema.exclude(['host']).default('guest'),
  /** Left out, or a part of it: defaults of the role and the meeting's settings. */
  grants: grantsSchema.partial().strict().optional(),
  /** Everybody in the room reads it. */
  metadata: participantMetadataSchema.optional(),
  /** Seconds in which the token must be used. */
  expiresIn: z.number().int().min(10).max(LONGEST_JOIN_TOKEN_LIFETIME).default(JOIN_TOKEN_LIFETIME),
});
export type CreateJoinTokenRequest = z.output<typeof createJoinTokenRequestSchema>;
