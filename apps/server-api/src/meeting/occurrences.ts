import { LAST_MOMENT, type Occurrence, type Repetition, type Schedule } from '@waterbus/protocol';
import { DateTime } from 'luxon';
import type { MeetingRow } from '../database/schema.js';

/** Of a meeting; without a schedule it takes place once, with the default duration. */
export type Scheduled = Pick<MeetingRow, 'scheduledStart' | 'schedule'>;

/**
 * The occurrences that end after `from` and start before `before`, the earliest first, at most
 * `limit`. A repetition has the time of day of the start in the zone of the schedule; a time that
 * does not exist on a day of a change to summer time becomes the one an hour later.
 *
 * @param from Milliseconds since 1970, as `before`.
 */
export function occurrencesOf(
  scheduled: Scheduled,
  { from, before, limit }: { from: number; before: number; limit: number },
): Occurrence[] {
  const found: Occurrence[] = [];
  for (const occurrence of occurrencesFrom(scheduled, { from, before })) {
    if (found.length >= limit) break;
    found.push(occurrence);
  }
  return found;
}

/** All of them, each computed when it is read. */
export function* occurrencesFrom(
  { scheduledStart, schedule }: Scheduled,
  { from, before }: { from: number; before: number },
): Generator<Occurrence, undefined> {
  if (!scheduledStart) return;
  const duration = (schedule?.duration ?? DEFAULT_DURATION) * MINUTE;
  for (const start of startsFrom(scheduledStart.getTime(), schedule, from - duration)) {
    if (start >= before || start + duration > LAST_MOMENT) return;
    if (start + duration <= from) continue;
    yield { start: new Date(start).toISOString(), end: new Date(start + duration).toISOString() };
  }
}

/** Minutes that calendars show for a meeting of which only the start is known. */
export const DEFAULT_DURATION = 60;

/** The starts in order, without most of those before `from`. */
function* startsFrom(start: number, schedule: Schedule | null, from: number): Generator<number> {
  yield start;
  const repeats = schedule?.repeats;
  if (!repeats) return;
  const first = DateTime.fromMillis(start, { zone: schedule.timeZone });
  const until =
    repeats.until === null ? LAST : DateTime.fromISO(repeats.until, { zone: schedule.timeZone }).endOf('day');
  const last = Math.min(until.valueOf(), LAST.valueOf());
  const unit = repeats.every === 'day' ? 'days' : 'weeks';
  const past = DateTime.fromMillis(Math.max(from, start), { zone: schedule.timeZone }).diff(first, unit).as(unit);
  // One earlier, because the days of a week may lie before the weekday of the start.
  for (let n = Math.max(0, Math.floor(past / repeats.interval) - 1); ; n += 1) {
    for (const next of daysOf(first.plus({ [unit]: n * repeats.interval }), repeats)) {
      // Also for a zone that this system does not know, whose times are no numbers.
      if (!(next.valueOf() <= last)) return;
      if (next.valueOf() > start) yield next.valueOf();
    }
  }
}

function daysOf(first: DateTime, { weekdays }: Repetition): DateTime[] {
  if (!weekdays) return [first];
  return [...weekdays].sort((a, b) => a - b).map((weekday) => first.plus({ days: weekday - first.weekday }));
}

const MINUTE = 60_000;

/** No calendar needs more, and moments of the API end here. */
const LAST = DateTime.utc(9999, 12, 31);
