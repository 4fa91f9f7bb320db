import { defaultMeetingSettings, type MeetingSettings } from '@waterbus/protocol';
import type { MeetingRow } from '../database/schema.js';

export function settingsOf(meeting: Pick<MeetingRow, 'settings'>): MeetingSettings {
  return { ...defaultMeetingSettings, ...meeting.settings };
}
