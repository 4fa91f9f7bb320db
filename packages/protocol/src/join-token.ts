import * as z from 'zod';
import { idSchema, MAX_REPLACED, meetingCodeSchema } from './ids.js';
import { videoCodecSettingSchema } from './media.js';
import { storedNameSchema } from './names.js';
import { storedMetadataSchema } from './participant-metadata.js';
import { roleSchema, sourceSchema } from './room.js';

/** `aud` of the two tokens that Server WS accepts. Both are JWTs, HS256 over the shared secret. */
export const JOIN_TOKEN_AUDIENCE = 'waterbus:join';
export const RESUME_TOKEN_AUDIENCE = 'waterbus:resume';

/** Lifetime of a join token (R8: short-lived), in seconds. */
export const JOIN_TOKEN_LIFETIME = 120;

/**
 * The longest lifetime that an API key may choose, in seconds: one hour between the creation of a
 * link and its use.
 */
export const LONGEST_JOIN_TOKEN_LIFETIME = 3600;

export const grantsSchema = z.object({
  /** Sources the participant may publish; empty: none. */
  publish: z.array(sourceSchema).max(sourceSchema.options.length),
  subscribe: z.boolean(),
  moderate: z.boolean(),
  /** The room does not show this participant, who publishes nothing: a recorder, an auditor. */
  hidden: z.boolean(),
  /** May send data messages; left out: no. */
  sendData: z.boolean().optional(),
  /** May change its own metadata; left out: no. */
  setMetadata: z.boolean().optional(),
});
export type Grants = z.infer<typeof grantsSchema>;

/** Claims of a join token (R8): single-use by `jti`, bound to meeting, participant and grants. */
export const joinTokenClaimsSchema = z.object({
  aud: z.literal(JOIN_TOKEN_AUDIENCE),
  jti: idSchema,
  /** Participant id. */
  sub: idSchema,
  roomId: idSchema,
  meetingCode: meetingCodeSchema,
  name: storedNameSchema,
  role: roleSchema,
  /** Account that owns the meeting, if any: quotas of media are per owner. */
  owner: z.string().min(1).max(256).optional(),
  /** Maximum number of sounds that a media node forwards at once in the room; 0: all. */
  loudest: z.int().min(0).max(64).optional(),
  /** The meeting's setting. */
  videoCodec: videoCodecSettingSchema.optional(),
  /** Id of the user's avatar, if any. */
  avatarId: idSchema.optional(),
  grants: grantsSchema,
  /** With which the participant enters the room; left out: none. */
  metadata: storedMetadataSchema.optional(),
  /**
   * Other participants of the same account, on other devices. They are removed as soon as this one
   * has entered the room. A server of an earlier version leaves them in it.
   */
  replaces: z.array(idSchema).max(MAX_REPLACED).optional(),
  /** The span of Server API that signed the token (W3C Trace Context), if it traces. */
  traceparent: z
    .string()
    .regex(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
  iat: z.number().int(),
  exp: z.number().int(),
});
export type JoinTokenClaims = z.infer<typeof joinTokenClaimsSchema>;

/** Claims of the token with which a participant resumes from a new socket, on any node. */
export const resumeTokenClaimsSchema = joinTokenClaimsSchema
  .omit({ aud: true, traceparent: true, replaces: true })
  .extend({
    aud: z.literal(RESUME_TOKEN_AUDIENCE),
  });
export type ResumeTokenClaims = z.infer<typeof resumeTokenClaimsSchema>;
