import type { Meeting } from '@waterbus/protocol';
import type { MeetingRow } from '../database/schema.js';
import { settingsOf } from './settings.js';

/** The columns of a meeting in the API. */
type ShownColumns = Pick<
  MeetingRow,
  | 'code'
  | 'title'
  | 'passwordHash'
  | 'locked'
  | 'waitingRoom'
  | 'settings'
  | 'scheduledStart'
  | 'schedule'
  | 'archivedAt'
  | 'createdAt'
>;

/** A meeting in the API. */
export function shownMeeting(row: ShownColumns): Meeting {
  return {
    code: row.code,
    title: row.title,
    passwordRequired: row.passwordHash !== null,
    locked: row.locked,
    waitingRoom: row.waitingRoom,
    settings: settingsOf(row),
    scheduledStart: row.scheduledStart?.toISOString() ?? null,
    schedule: row.schedule,
    archivedAt: row.archivedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
