import * as z from 'zod';
import { connectionQualitySchema, qualityLimitationSchema } from './adaptive.js';
import { idSchema } from './ids.js';
import { mediaWaySchema } from './rest/quality.js';

/**
 * The stream of call quality from Server WS to Server API (R12), apart from that of the room
 * records: its entries may be dropped, and must not delay those.
 */
export const QUALITY_RECORDS_STREAM = 'quality-records';
export const QUALITY_RECORDS_GROUP = 'server-api';

/** Participants of one record, some 300 bytes each. */
export const QUALITY_RECORD_ROWS = 50;

/** Entries that the stream holds: some 75 MB of the largest. */
export const QUALITY_RECORDS_CAPACITY = 5000;

const share = z.number().min(0).max(1);
const amount = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
/** Milliseconds. */
const time = z.number().min(0).max(3_600_000);
const count = z.int().min(0).max(10_000);

/** The figures of one participant since its last reading, as in `qualityMinuteSchema`. */
export const qualityRowSchema = z.object({
  participantId: idSchema,
  seconds: z.int().min(0).max(3600),
  quality: connectionQualitySchema,
  limitation: qualityLimitationSchema,
  impairedSeconds: z.int().min(0).max(3600),
  way: mediaWaySchema.optional(),
  roundTripTime: time.optional(),
  uploadLoss: share.optional(),
  downloadLoss: share.optional(),
  uploadBitrate: amount,
  downloadBitrate: amount,
  availableBitrate: amount.optional(),
  serverLoss: share,
  serverDelay: time,
  missingPictures: count,
  /** Both are absent in the records of an older Server WS. */
  missingSeconds: z.int().min(0).max(3600).optional(),
  serverSeconds: z.int().min(0).max(3600).optional(),
  frameHeight: z.int().min(0).max(16_384).optional(),
  freezes: count.optional(),
  freezeTime: time.optional(),
});
export type QualityRow = z.infer<typeof qualityRowSchema>;

/** Participants of one room at home on one node, read in the same minute (since 1970). */
export const qualityRecordSchema = z.object({
  roomId: idSchema,
  minute: z.int().min(0).max(2_147_483_647),
  rows: z.array(qualityRowSchema).min(1).max(QUALITY_RECORD_ROWS),
});
export type QualityRecord = z.infer<typeof qualityRecordSchema>;
