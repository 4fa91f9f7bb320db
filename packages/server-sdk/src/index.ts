export type {
  Assignments,
  Ban,
  BreakoutPeople,
  Breakouts,
  CreateMeetingResponse,
  CreatePollRequest,
  ErrorCode,
  Grants,
  GuestInvitation,
  InviteLink,
  JoinMeetingResponse,
  LiveParticipant,
  Meeting,
  MeetingAuditEvent,
  MeetingCall,
  MeetingSettings,
  Member,
  MemberMeeting,
  OpenBreakoutsRequest,
  Poll,
  PollResult,
  Presence,
  QualityMinute,
  QualitySide,
  StreamKey,
  UpdateBreakoutsRequest,
  UpdateMeetingRequest,
  WaitingParticipant,
  Webhook,
  WebhookDelivery,
  WebhookEventType,
} from '@waterbus/protocol';
export type { WaterbusServerOptions } from './connection.js';
export * from './errors.js';
export type { List, ListOptions, QualityFilter } from './list.js';
export type { NewJoinToken, NewMeeting } from './meetings.js';
export type { MemberInvitation, NewGuestInvitation, NewInviteLink } from './members.js';
export type { NewStreamKey } from './stream-keys.js';
export { WaterbusServer } from './waterbus-server.js';
export {
  type KnownEvent,
  type UnknownEvent,
  verifyWebhook,
  type WaterbusEvent,
  type WebhookHeaders,
} from './webhook-event.js';
export type { NewWebhook } from './webhooks.js';
