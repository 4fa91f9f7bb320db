import './no-eval.js';

export type {
  CreateMeetingResponse,
  Grants,
  LeaveReason,
  Meeting,
  MeetingEvent,
  Message,
  MessagesPage,
  Role,
  Source,
  WaitingParticipant,
} from '@waterbus/protocol';
export * from './call.js';
export { join } from './join.js';
export { createMeeting, getMeeting } from './rest/meetings.js';
