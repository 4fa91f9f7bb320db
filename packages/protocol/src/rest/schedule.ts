import * as z from 'zod';
import { meetingCodeSchema } from '../ids.js';
import { momentSchema } from '../moment.js';
import { storedNameSchema } from '../names.js';
import { queryInteger } from './paging.js';

/** A name of the IANA time zone database, such as `Europe/Berlin`. Offsets are refused. */
export const timeZoneSchema = z.string().min(1).max(64).refine(isTimeZone, 'must be a time zone of the IANA database');

const repetitionSchema = z
  .strictObject({
    every: z.enum(['day', 'week']),
    /** 2: every second day or week. */
    interval: z.int().min(1).max(30).default(1),
    /** Of a weekly repetition, ISO 8601: 1 is Monday, 7 Sunday. Default: the weekday of the start. */
    weekdays: z.array(z.int().min(1).max(7)).min(1).max(7).refine(areDifferent, 'must differ').optional(),
    /** The last day, in the time zone of the schedule; null: without an end. */
    until: z.iso.date().nullable().default(null),
  })
  .refine(({ every, weekdays }) => every === 'week' || weekdays === undefined, 'only weekly ones have weekdays');
export type Repetition = z.infer<typeof repetitionSchema>;

/**
 * The length of a scheduled meeting, and its repetition after `scheduledStart`, a subset of RFC 5545.
 * Repetitions have the same time of day in `timeZone`, so that summer time does not move them.
 */
export const scheduleSchema = z.strictObject({
  /** Minutes. */
  duration: z
    .int()
    .min(5)
    .max(24 * 60),
  timeZone: timeZoneSchema,
  /** Null: the meeting takes place once. */
  repeats: repetitionSchema.nullable().default(null),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** `end` is later than the moment of the request. */
export const occurrenceSchema = z.object({ start: z.iso.datetime(), end: z.iso.datetime() });
export type Occurrence = z.infer<typeof occurrenceSchema>;
export const occurrencesSchema = z.object({ items: z.array(occurrenceSchema) });

export const scheduledMeetingSchema = occurrenceSchema.extend({
  meeting: z.object({ code: meetingCodeSchema, title: storedNameSchema }),
  /** Whether the meeting takes place again. */
  repeats: z.boolean(),
});
export type ScheduledMeeting = z.infer<typeof scheduledMeetingSchema>;
export const scheduledMeetingsSchema = z.object({ items: z.array(scheduledMeetingSchema) });

/** Occurrences of an answer: default and maximum. */
const DEFAULT_OCCURRENCES = 10;
const MOST_OCCURRENCES = 50;

export const scheduleQuerySchema = z.strictObject({
  /** Exclusive, of the starts. */
  before: momentSchema.optional(),
  limit: queryInteger(1, MOST_OCCURRENCES).default(DEFAULT_OCCURRENCES),
});
export type ScheduleQuery = z.output<typeof scheduleQuerySchema>;

function isTimeZone(name: string): boolean {
  if (!/^[A-Z]/i.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function areDifferent(values: number[]): boolean {
  return new Set(values).size === values.length;
}
