import * as z from 'zod';
import { idSchema } from '../ids.js';
import { momentSchema } from '../moment.js';
import { storedNameSchema } from '../names.js';
import { pageOf, pageQuerySchema } from './paging.js';
import { timeZoneSchema } from './schedule.js';

/** A stay in a call, without hidden ones. A person that joined twice has two. */
export const attendanceSchema = z.object({
  participantId: idSchema,
  name: storedNameSchema,
  /** Null: a guest, or a deleted account. */
  userId: z.uuid().nullable(),
  role: z.enum(['host', 'moderator', 'member', 'guest']),
  joinedAt: z.iso.datetime(),
  /** Null: still in the call. */
  leftAt: z.iso.datetime().nullable(),
});
export type Attendance = z.infer<typeof attendanceSchema>;
export const attendancePageSchema = pageOf(attendanceSchema);

const range = { from: momentSchema.optional(), to: momentSchema.optional() };

/** Stays that overlap the time between `from` and `to`; default: all. */
export const attendanceQuerySchema = pageQuerySchema.extend(range);
export type AttendanceQuery = z.output<typeof attendanceQuerySchema>;

/** `timeZone`: of the times in the file. */
export const attendanceFileQuerySchema = z.strictObject({ ...range, timeZone: timeZoneSchema.default('UTC') });
export type AttendanceFileQuery = z.output<typeof attendanceFileQuerySchema>;
