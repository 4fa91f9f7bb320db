export type { CreateMeetingResponse, Meeting, Role, Source } from '@waterbus/protocol';
export * from './call.js';
// join(options: JoinOptions): Promise<Call>
// createMeeting({ server?, title, password? }): Promise<CreateMeetingResponse>
// getMeeting({ server?, code }): Promise<Meeting>
