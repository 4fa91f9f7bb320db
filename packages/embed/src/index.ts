export { EmbeddedMeeting, type EmbedOptions } from './embedded-meeting.js';
export type {
  MeetingCommand,
  MeetingEvents,
  MeetingJoinToken,
  MeetingLayout,
  StartOptions,
} from './messages.js';
export { EmbedError, type FrameWindow, type SurroundingPage, surroundingPage } from './surrounding-page.js';
export { defineWaterbusMeeting, type WaterbusMeetingElement } from './waterbus-meeting.js';
