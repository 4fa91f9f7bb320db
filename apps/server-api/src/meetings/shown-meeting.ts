import type { Meeting } from '@waterbus/protocol';
import type { MeetingRow } from '../database/schema.js';
import { settingsOf } from './settings.js';

/** What the API shows of a meeting. */
export function shownMeeting(row: MeetingRow): Meeting {
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
