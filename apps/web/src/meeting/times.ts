import { plural, t } from '@lingui/core/macro';
import type { Occurrence, Schedule } from '@waterbus/client';
import { formats } from '../language/language.js';

/** "Thu, Mar 26, 10:00 – 10:45 AM", in the reader's zone and language; the year where it is another one. */
export function timeRange({ start, end }: Occurrence): string {
  return new Intl.DateTimeFormat(formats(), {
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    ...(new Date(start).getFullYear() !== new Date().getFullYear() && { year: 'numeric' }),
    hour: 'numeric',
    minute: '2-digit',
  }).formatRange(new Date(start), new Date(end));
}

export function dateAndTime(moment: string): string {
  return new Date(moment).toLocaleString(formats(), { dateStyle: 'medium', timeStyle: 'short' });
}

export function timeOfDay(moment: string): string {
  return new Date(moment).toLocaleTimeString(formats(), { timeStyle: 'short' });
}

export function day(moment: string): string {
  return new Date(moment).toLocaleDateString(formats(), { dateStyle: 'medium' });
}

/** "1 h 5 min", at least a minute. */
export function durationText(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(milliseconds / 60_000));
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return t`${minutes} min`;
  return rest === 0 ? t`${hours} h` : t`${hours} h ${rest} min`;
}

/** "Every week on Mon, Thu until Dec 31, 2026". */
export function repetitionText({ repeats }: Pick<Schedule, 'repeats'>): string {
  if (!repeats) return '';
  const { every, interval, weekdays, until } = repeats;
  const unit =
    every === 'day'
      ? plural(interval, { one: 'Every day', other: 'Every # days' })
      : plural(interval, { one: 'Every week', other: 'Every # weeks' });
  const repetition = onDays(
    unit,
    weekdays?.toSorted((a, b) => a - b),
  );
  if (until === null) return repetition;
  const last = day(`${until}T12:00`);
  return t`${repetition} until ${last}`;
}

function onDays(repetition: string, weekdays: number[] | undefined): string {
  if (!weekdays) return repetition;
  if (String(weekdays) === '1,2,3,4,5') return t`${repetition} on weekdays`;
  const days = new Intl.ListFormat(formats(), { type: 'unit', style: 'short' }).format(weekdays.map(weekdayName));
  return t`${repetition} on ${days}`;
}

/** ISO 8601: 1 is Monday. */
export function weekdayName(weekday: number): string {
  // The first of January 2024 was a Monday.
  return new Date(2024, 0, weekday).toLocaleDateString(formats(), { weekday: 'short' });
}
