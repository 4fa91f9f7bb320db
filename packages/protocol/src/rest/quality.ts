import * as z from 'zod';
import { connectionQualitySchema, qualityLimitationSchema } from '../adaptive.js';
import { idSchema } from '../ids.js';
import { momentSchema } from '../moment.js';
import { storedNameSchema } from '../names.js';
import { pageOf, pageQuerySchema, queryInteger } from './paging.js';

/** `tcp`: ICE-TCP to the media node; `relay`: over a TURN server. */
export const mediaWaySchema = z.enum(['udp', 'tcp', 'relay']);
export type MediaWay = z.infer<typeof mediaWaySchema>;

/**
 * The side at fault in a minute: the path from the participant, the path to it, the server, the
 * participant's processor, or publishers whose pictures did not arrive at the server.
 */
export const qualitySideSchema = z.enum(['none', 'upload', 'download', 'server', 'device', 'publisher']);
export type QualitySide = z.infer<typeof qualitySideSchema>;

/** Shares are 0-1, rates bits per second, times milliseconds unless named otherwise. */
export const qualityMinuteSchema = z.object({
  /** The minute of the reading. The figures are those of `seconds` before the reading. */
  at: z.iso.datetime(),
  seconds: z.int().nonnegative(),
  participantId: idSchema,
  name: storedNameSchema,
  userId: z.uuid().nullable(),
  /** The worst connection quality in this time, and the side that limited it. */
  quality: connectionQualitySchema,
  limitation: qualityLimitationSchema,
  side: qualitySideSchema,
  /** Seconds with the quality `poor` or `lost`. */
  impairedSeconds: z.int().nonnegative(),
  /** The slowest way of its transports; null: none was connected. */
  way: mediaWaySchema.nullable(),
  roundTripTime: z.number().nullable(),
  /** From the participant to the server, before repair; null: no packet was expected. */
  uploadLoss: z.number().nullable(),
  /** From the server to the participant. */
  downloadLoss: z.number().nullable(),
  uploadBitrate: z.number(),
  downloadBitrate: z.number(),
  /** The estimate of the path to the participant; null: nothing limits it, or it is unknown. */
  availableBitrate: z.number().nullable(),
  /** Datagrams that the media worker lost in its worst second of the minute, and its longest delay. */
  serverLoss: z.number(),
  serverDelay: z.number(),
  /** Seconds in which the server limited the connection; null or absent: by a server of an older version. */
  serverSeconds: z.int().nonnegative().nullish(),
  /** The most pictures of others at one time that did not arrive from their publishers. */
  missingPictures: z.int().nonnegative(),
  /** Seconds in which any did not; null as above. */
  missingSeconds: z.int().nonnegative().nullish(),
  /** Of the tallest picture that the client shows; null: the client did not report. */
  frameHeight: z.int().nullable(),
  /** Freezes of pictures (W3C webrtc-stats), and their total duration; null: no report. */
  freezes: z.int().nullable(),
  freezeTime: z.number().nullable(),
});
export type QualityMinute = z.infer<typeof qualityMinuteSchema>;
export const qualityMinutesPageSchema = pageOf(qualityMinuteSchema);

/** Rows of a page: a page of the default length holds two minutes of a hundred participants. */
const DEFAULT_ROWS = 200;
const MOST_ROWS = 1000;

/** `from` is inclusive, `to` exclusive. */
export const qualityQuerySchema = pageQuerySchema.extend({
  from: momentSchema.optional(),
  to: momentSchema.optional(),
  participantId: idSchema.optional(),
  limit: queryInteger(1, MOST_ROWS).default(DEFAULT_ROWS),
});
export type QualityQuery = z.output<typeof qualityQuerySchema>;

/** A call of a meeting: from the first presence to the last one that overlaps. */
export const meetingCallSchema = z.object({
  startedAt: z.iso.datetime(),
  /** Null: the call is running. */
  endedAt: z.iso.datetime().nullable(),
  /** Presences, without hidden ones: a participant that joined twice counts twice. */
  participants: z.int().positive(),
  /** Rows of `qualityMinuteSchema`, and those whose quality is `poor` or `lost`. */
  minutes: z.int().nonnegative(),
  poorMinutes: z.int().nonnegative(),
});
export type MeetingCall = z.infer<typeof meetingCallSchema>;
/** Servers of an older version answer one page, without `nextCursor`. */
export const meetingCallsSchema = pageOf(meetingCallSchema).extend({
  nextCursor: z.string().nullable().default(null),
});

export const callsQuerySchema = pageQuerySchema.extend({ from: momentSchema.optional(), to: momentSchema.optional() });
export type CallsQuery = z.output<typeof callsQuerySchema>;
