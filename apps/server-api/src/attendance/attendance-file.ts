import type { Attendance } from '@waterbus/protocol';
import { stringify } from 'csv-stringify/sync';
import { DateTime } from 'luxon';

type Stay = Pick<Attendance, 'name' | 'role'> & { joinedAt: Date; leftAt: Date | null };

/**
 * A table for spreadsheets (CSV, RFC 4180), with a byte order mark: without it, Excel reads UTF-8 as
 * another encoding. Names that begin as a formula does get an apostrophe.
 *
 * @param timeZone Of the times, IANA.
 */
export function attendanceFile(stays: readonly Stay[], timeZone: string): string {
  const time = (at: Date | null) =>
    at ? DateTime.fromJSDate(at, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm:ss') : '';
  const rows = stays.map(({ name, role, joinedAt, leftAt }) => [
    name,
    role,
    time(joinedAt),
    time(leftAt),
    leftAt ? Math.round((leftAt.getTime() - joinedAt.getTime()) / MINUTE) : '',
  ]);
  return stringify([['Name', 'Role', `Joined (${timeZone})`, `Left (${timeZone})`, 'Minutes'], ...rows], {
    bom: true,
    escape_formulas: true,
    quoted_string: true,
    record_delimiter: 'windows',
  });
}

/** Milliseconds. */
const MINUTE = 60_000;
