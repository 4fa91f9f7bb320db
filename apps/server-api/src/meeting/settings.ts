import { defaultMeetingSettings, type MeetingSettings } from '@waterbus/protocol';
import type { MeetingRow } from '../database/schema.js';

export function settingsOf(meeting: Pick<MeetingRow, 'settings'>): MeetingSettings {
  return { ...defaultMeetingSettings, ...meeting.settings };
}

/** The same of the column's text. Most meetings have no settings of their own. */
export function settingsOfText(text: string): MeetingSettings {
  return text === '{}' ? defaultMeetingSettings : settingsOf({ settings: JSON.parse(text) });
}
