import type { Meeting } from '@waterbus/protocol';
import { type MeetingRow, meetings } from '../database/schema.js';
import { settingsOf } from './settings.js';

/** The columns of a meeting in the API. */
export const shownColumns = {
  code: meetings.code,
  title: meetings.title,
  passwordHash: meetings.passwordHash,
  locked: meetings.locked,
  waitingRoom: meetings.waitingRoom,
  settings: meetings.settings,
  scheduledStart: meetings.scheduledStart,
  archivedAt: meetings.archivedAt,
  createdAt: meetings.createdAt,
};

export type ShownColumns = Pick<MeetingRow, keyof typeof shownColumns>;

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
    archivedAt: row.archivedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
