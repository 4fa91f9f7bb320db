import * as z from 'zod';
import { breakoutsSchema } from '../breakout-rooms.js';
import { idSchema, MAX_REPLACED, meetingCodeSchema } from '../ids.js';
import { videoCodecSettingSchema } from '../media.js';
import { momentSchema } from '../moment.js';
import { displayNameSchema, shownText, storedNameSchema } from '../names.js';
import { pageOf, pageQuerySchema } from './paging.js';
import { scheduleSchema } from './schedule.js';

/** Bodies of the REST API, version 1. Unknown fields are refused. */

export const meetingTitleSchema = shownText(120);
/**
 * Six digits withstand guessing at the rate limits for more than a year. Meetings keep shorter
 * passwords of earlier versions.
 */
export const meetingPasswordSchema = z.string().min(6).max(128);

/** A group of participants in the call: everybody, members only, or host and moderators only. */
export const audienceSchema = z.enum(['everyone', 'members', 'moderators']);
export type Audience = z.infer<typeof audienceSchema>;

export const meetingSettingsSchema = z.object({
  /**
   * The persons that the code (and the password) admits: anyone, or members only. With `members` the
   * meeting exists for its members only.
   */
  access: z.enum(['anyone', 'members']),
  /** Group that may send microphone and camera. */
  publish: audienceSchema,
  shareScreen: audienceSchema,
  chat: audienceSchema,
  /** Group that may create polls. Absent from earlier servers, which have no polls. */
  polls: audienceSchema.optional(),
  /**
   * Pairs that may exchange private messages: none; one of the two is host or moderator; both are
   * members; any. Absent from earlier servers, which have none.
   */
  privateMessages: z.enum(['nobody', 'moderators', 'members', 'everyone']).optional(),
  /** Maximum number of sounds that a media node forwards at once, the loudest; 0: all. */
  loudest: z.int().min(0).max(64),
  /**
   * The codec of cameras and screens published from now on, if the publisher's browser can encode
   * it.
   */
  videoCodec: videoCodecSettingSchema,
});
export type MeetingSettings = z.infer<typeof meetingSettingsSchema>;

export const defaultMeetingSettings: MeetingSettings = {
  access: 'anyone',
  publish: 'everyone',
  shareScreen: 'everyone',
  chat: 'everyone',
  polls: 'moderators',
  privateMessages: 'nobody',
  loudest: 8,
  videoCodec: 'auto',
};

/** The public fields of a meeting, readable with its code. */
export const meetingSchema = z.object({
  code: meetingCodeSchema,
  title: storedNameSchema,
  passwordRequired: z.boolean(),
  /** Nobody can join, members and moderators excepted. */
  locked: z.boolean(),
  /** A person who is not a member waits until a moderator admits them. */
  waitingRoom: z.boolean(),
  settings: meetingSettingsSchema,
  scheduledStart: z.iso.datetime().nullable(),
  /** Absent from earlier servers. Null: the meeting has at most a start. */
  schedule: scheduleSchema.nullable().optional(),
  /** Set: the meeting accepts no calls and no messages (M4). */
  archivedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
});
export type Meeting = z.infer<typeof meetingSchema>;

export const memberRoleSchema = z.enum(['host', 'moderator', 'member']);
export type MemberRole = z.infer<typeof memberRoleSchema>;

/** The relation of the requesting member to the meeting. */
export const membershipSchema = z.object({
  role: memberRoleSchema,
  state: z.enum(['invited', 'joined']),
  /** Messages after the last one that the member has read. */
  unread: z.number().int().nonnegative(),
  /** Those of them that name the member, at most 100. Absent from earlier servers. */
  mentions: z.number().int().nonnegative().optional(),
  /** Unread private messages to the member, at most 100. In lists only, and not from earlier servers. */
  unreadPrivate: z.number().int().nonnegative().optional(),
  lastReadSeq: z.number().int().nonnegative(),
});

/**
 * `membership` is null for a requester that is not a member (an API key or the holder of the host
 * token).
 */
export const memberMeetingSchema = meetingSchema.extend({ membership: membershipSchema.nullable() });
export type MemberMeeting = z.infer<typeof memberMeetingSchema>;

export const createMeetingRequestSchema = z.strictObject({
  title: meetingTitleSchema,
  password: meetingPasswordSchema.optional(),
  locked: z.boolean().optional(),
  waitingRoom: z.boolean().optional(),
  settings: meetingSettingsSchema.partial().strict().optional(),
  /** Null: no start, and no schedule. */
  scheduledStart: momentSchema.nullable().optional(),
  /** Needs a start. */
  schedule: scheduleSchema.nullable().optional(),
});
export type CreateMeetingRequest = z.infer<typeof createMeetingRequestSchema>;

export const createMeetingResponseSchema = z.object({
  meeting: meetingSchema,
  /**
   * Its holder joins as host without the password, and acts as host with it as bearer token. Shown
   * once; keep it secret. Null when a signed-in user, who is then the host, created the meeting.
   */
  hostToken: z.string().nullable(),
});
export type CreateMeetingResponse = z.infer<typeof createMeetingResponseSchema>;

/** `membership` is present for members only. */
export const getMeetingResponseSchema = z.object({
  meeting: meetingSchema.extend({ membership: membershipSchema.nullable().optional() }),
});
export type GetMeetingResponse = z.infer<typeof getMeetingResponseSchema>;

export const listMeetingsQuerySchema = pageQuerySchema.extend({
  archived: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export const meetingsPageSchema = pageOf(memberMeetingSchema);

export const updateMeetingRequestSchema = createMeetingRequestSchema.omit({ password: true }).partial();
export type UpdateMeetingRequest = z.infer<typeof updateMeetingRequestSchema>;
export const updatedMeetingSchema = z.object({ meeting: meetingSchema });
export const setPasswordRequestSchema = z.strictObject({ password: meetingPasswordSchema });
export const handOverRequestSchema = z.strictObject({ userId: z.uuid() });

export const joinMeetingRequestSchema = z.strictObject({
  name: displayNameSchema,
  password: z.string().max(128).optional(),
  hostToken: z.string().max(128).optional(),
  /**
   * Ids of own participants on other devices (`GET …/participants/mine`), to which the call moves
   * from them: no password, lock or waiting room applies. Ids of others are ignored.
   */
  replaces: z.array(idSchema).max(MAX_REPLACED).optional(),
  /**
   * `returnToken` of an earlier answer, within two minutes after its participant has left: no
   * password, lock or waiting room applies. One that does not count is ignored.
   */
  returnToken: z.string().max(1024).optional(),
  /** Of a former presence of the same client in a breakout room: it comes back into that room. */
  breakoutToken: z.string().max(4096).optional(),
  /**
   * Of an invitation of a guest: in place of the password, and where the inviter has chosen so,
   * without the waiting room. One that does not count is ignored.
   */
  invitationToken: z.string().max(256).optional(),
});
export type JoinMeetingRequest = z.infer<typeof joinMeetingRequestSchema>;

/** Answer 200: admitted. */
export const joinMeetingResponseSchema = z.object({
  status: z.literal('admitted'),
  /** A join token (R8): send it to the signalling server within `expiresIn` seconds, once. */
  token: z.string(),
  expiresIn: z.number().int().positive(),
  participantId: z.string(),
  meeting: meetingSchema,
  /**
   * Origins of Server WS to try in this order, for example `https://ws.example.org`; `''` is the
   * page's own origin.
   */
  signalling: z.array(z.string()),
  /**
   * For guests: with it the same person joins anew, as after a reload of the page. Absent from
   * earlier servers. Keep it secret.
   */
  returnToken: z.string().optional(),
  /** The open breakout rooms; absent: none. */
  breakouts: breakoutsSchema.optional(),
});
export type JoinMeetingResponse = z.infer<typeof joinMeetingResponseSchema>;

/**
 * Answer 202: wait for a moderator. Request `GET /v1/admissions/current` with `admissionToken` as
 * bearer token.
 */
export const waitingResponseSchema = z.object({
  status: z.literal('waiting'),
  admissionToken: z.string(),
  participantId: z.string(),
  meeting: meetingSchema,
});
export type WaitingResponse = z.infer<typeof waitingResponseSchema>;

/** The server answers when the state changes, or with `waiting` after 20 s. */
export const admissionResponseSchema = z.discriminatedUnion('status', [
  joinMeetingResponseSchema,
  z.object({ status: z.literal('waiting') }),
  z.object({ status: z.literal('denied') }),
]);
export type AdmissionResponse = z.infer<typeof admissionResponseSchema>;
