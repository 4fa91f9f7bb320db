import { expect, it } from 'vitest';
import { fromZone, inZone } from './zoned-time.js';

it.each([
  ['2026-01-15', '10:00', 'Europe/Berlin', '2026-01-15T09:00:00.000Z'],
  ['2026-07-15', '10:00', 'Europe/Berlin', '2026-07-15T08:00:00.000Z'],
  ['2026-07-15', '10:00', 'America/New_York', '2026-07-15T14:00:00.000Z'],
  ['2026-07-15', '00:15', 'Asia/Kathmandu', '2026-07-14T18:30:00.000Z'],
  ['2026-03-29', '01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29', '03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-10-25', '03:30', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
])('%s %s in %s is %s, and back', (date, time, zone, moment) => {
  expect(new Date(fromZone(date, time, zone) ?? 0).toISOString()).toBe(moment);
  expect(inZone(Date.parse(moment), zone)).toEqual({ date, time });
});

it('a time that summer time leaves out is the one an hour later', () => {
  expect(inZone(fromZone('2026-03-29', '02:30', 'Europe/Berlin') ?? 0, 'Europe/Berlin').time).toBe('03:30');
});

it('is undefined while a field is empty', () => {
  expect(fromZone('', '10:00', 'UTC')).toBeUndefined();
  expect(fromZone('2026-01-01', '', 'UTC')).toBeUndefined();
});
