import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from './errors.js';
import { displayNameSchema, meetingCodeSchema, shownText } from './ids.js';

/** Bodies of the REST API, version 1. Unknown fields are refused. */

export const meetingTitleSchema = shownText(120);
export const meetingPasswordSchema = z.string().min(4).max(128);

/** What anybody who knows the code may read. */
export const meetingSchema = z.object({
  code: meetingCodeSchema,
  title: meetingTitleSchema,
  passwordRequired: z.boolean(),
  createdAt: z.iso.datetime(),
});
export type Meeting = z.infer<typeof meetingSchema>;

export const createMeetingRequestSchema = z.strictObject({
  title: meetingTitleSchema,
  password: meetingPasswordSchema.optional(),
});
export type CreateMeetingRequest = z.infer<typeof createMeetingRequestSchema>;

export const createMeetingResponseSchema = z.object({
  meeting: meetingSchema,
  /** Lets its holder join as host without the password. Shown once; keep it secret. */
  hostToken: z.string(),
});
export type CreateMeetingResponse = z.infer<typeof createMeetingResponseSchema>;

export const getMeetingResponseSchema = z.object({ meeting: meetingSchema });
export type GetMeetingResponse = z.infer<typeof getMeetingResponseSchema>;

export const joinMeetingRequestSchema = z.strictObject({
  name: displayNameSchema,
  password: z.string().max(128).optional(),
  hostToken: z.string().max(128).optional(),
});
export type JoinMeetingRequest = z.infer<typeof joinMeetingRequestSchema>;

export const joinMeetingResponseSchema = z.object({
  /** A join token (R8): give it to the signalling server within `expiresIn` seconds, once. */
  token: z.string(),
  expiresIn: z.number().int().positive(),
  participantId: z.string(),
  meeting: meetingSchema,
  /** Origins of Server WS to try in this order, for example `https://ws.example.org`; `''` is the page's own origin. */
  signalling: z.array(z.string()),
});
export type JoinMeetingResponse = z.infer<typeof joinMeetingResponseSchema>;

/** RFC 9457. `code` is from the catalogue. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;
