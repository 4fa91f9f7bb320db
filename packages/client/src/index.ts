import './no-eval.js';

export type { CreateMeetingResponse, Grants, LeaveReason, Meeting, Role, Source } from '@waterbus/protocol';
export * from './call.js';
export { join } from './join.js';
export { createMeeting, getMeeting } from './rest/meetings.js';
