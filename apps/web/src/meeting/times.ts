import type { Occurrence, Schedule } from '@waterbus/client';

/** "Thu, Mar 26, 10:00 – 10:45 AM", in the reader's zone and language; the year where it is another one. */
export function timeRange({ start, end }: Occurrence): string {
  return new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    ...(new Date(start).getFullYear() !== new Date().getFullYear() && { year: 'numeric' }),
    hour: 'numeric',
    minute: '2-digit',
  }).formatRange(new Date(start), new Date(end));
}

export function dateAndTime(moment: string): string {
  return new Date(moment).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

export function timeOfDay(moment: string): string {
  return new Date(moment).toLocaleTimeString(undefined, { timeStyle: 'short' });
}

export function day(moment: string): string {
  return new Date(moment).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

/** "1 h 5 min", at least a minute. */
export function durationText(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(milliseconds / 60_000));
  const hours = Math.floor(minutes / 60);
  return [hours > 0 && `${hours} h`, (minutes % 60 > 0 || hours === 0) && `${minutes % 60} min`]
    .filter(Boolean)
    .join(' ');
}

/** "Every week on Mon, Thu until Dec 31, 2026". */
export function repetitionText({ repeats }: Pick<Schedule, 'repeats'>): string {
  if (!repeats) return '';
  const { every, interval, weekdays, until } = repeats;
  const unit = interval === 1 ? `Every ${every}` : `Every ${interval} ${every}s`;
  const days = weekdays?.toSorted((a, b) => a - b);
  const on = days && (String(days) === '1,2,3,4,5' ? ' on weekdays' : ` on ${days.map(weekdayName).join(', ')}`);
  const to = until === null ? '' : ` until ${day(`${until}T12:00`)}`;
  return unit + (on ?? '') + to;
}

/** ISO 8601: 1 is Monday. */
export function weekdayName(weekday: number): string {
  // The first of January 2024 was a Monday.
  return new Date(2024, 0, weekday).toLocaleDateString(undefined, { weekday: 'short' });
}
