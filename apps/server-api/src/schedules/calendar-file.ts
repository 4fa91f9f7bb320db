import ical, { ICalCalendarMethod, ICalEventRepeatingFreq, ICalWeekday } from 'ical-generator';
import { DateTime } from 'luxon';
import { tzlib_get_ical_block } from 'timezones-ical-library';
import type { MeetingRow } from '../database/schema.js';
import { DEFAULT_DURATION } from '../meeting/occurrences.js';

/**
 * The calendar file (iCalendar, RFC 5545) of a scheduled meeting: one event, with its repetition.
 * Calendars replace an event of an earlier file of the same meeting.
 *
 * @param page Origin of the web app.
 * @param title Its summary.
 * @param now Milliseconds since 1970.
 */
export function calendarFile(
  { code, scheduledStart, schedule }: Pick<MeetingRow, 'code' | 'schedule'> & { scheduledStart: Date },
  { page, title, now }: { page: string; title: string; now: number },
): string {
  const { origin, host } = new URL(page);
  const link = `${origin}/m/${code}`;
  const repeats = schedule?.repeats;
  const zone = repeats ? calendarZone(schedule.timeZone) : undefined;
  const calendar = ical({ prodId: '//Waterbus//Waterbus//EN', method: ICalCalendarMethod.PUBLISH });
  if (zone) calendar.timezone({ name: null, generator: () => zone.definition });
  const start = DateTime.fromJSDate(scheduledStart, { zone: zone?.name ?? 'utc' });
  calendar.createEvent({
    id: `${code}@${host}`,
    stamp: DateTime.fromMillis(now, { zone: 'utc' }),
    start,
    end: start.plus({ minutes: schedule?.duration ?? DEFAULT_DURATION }),
    ...(zone && { timezone: zone.name }),
    summary: title,
    location: link,
    url: link,
    ...(repeats && {
      repeating: {
        freq: repeats.every === 'day' ? ICalEventRepeatingFreq.DAILY : ICalEventRepeatingFreq.WEEKLY,
        interval: repeats.interval,
        ...(repeats.weekdays && { byDay: repeats.weekdays.map((day) => WEEKDAYS[day - 1]!) }),
        ...(repeats.until && {
          until: DateTime.fromISO(repeats.until, { zone: schedule.timeZone }).endOf('day').toUTC(),
        }),
      },
    }),
  });
  return calendar.toString();
}

/** The definition that calendars need for a local time (section 3.6.5), and its name there. */
function calendarZone(name: string): { name: string; definition: string } | undefined {
  const [definition, parameter] = tzlib_get_ical_block(name);
  // The library lacks a few zones without summer time, such as UTC: their event is in UTC.
  return definition && parameter ? { name: parameter.slice('TZID='.length), definition } : undefined;
}

const WEEKDAYS = [
  ICalWeekday.MO,
  ICalWeekday.TU,
  ICalWeekday.WE,
  ICalWeekday.TH,
  ICalWeekday.FR,
  ICalWeekday.SA,
  ICalWeekday.SU,
];
