import './no-eval.js';

export type {
  AdministratorAuditEvent,
  ApiKey,
  Assignments,
  Attendance,
  Ban,
  BreakoutPeople,
  BreakoutPerson,
  Breakouts,
  CreateMeetingResponse,
  CreatePollRequest,
  GetMeetingResponse,
  Grants,
  GuestInvitation,
  InviteLink,
  LeaveReason,
  ListedUser,
  LiveMeeting,
  Meeting,
  MeetingCall,
  MeetingEvent,
  MeetingFile,
  MeetingSettings,
  Member,
  Mention,
  Message,
  MessageFile,
  MessageReactions,
  MessagesPage,
  NewStreamKeyRequest,
  NewTotp,
  Occurrence,
  OpenBreakoutsRequest,
  OwnedApiKey,
  OwnedWebhook,
  OwnParticipant,
  OwnPrivateMessage,
  Passkey,
  Poll,
  PollResult,
  Priority,
  PrivateReceiver,
  QualityMinute,
  Reaction,
  Role,
  Schedule,
  ScheduledMeeting,
  SecondFactorMethod,
  SecondFactors,
  ServerNode,
  ServerOffer,
  SettingInForce,
  SettingsInForce,
  Source,
  Storage as ServerStorage,
  StreamKey,
  UpdateBreakoutsRequest,
  UpdateMeetingRequest,
  VideoCodec,
  WaitingParticipant,
  Webhook,
  WebhookDelivery,
  WebhookEventType,
} from '@waterbus/protocol';
export { REACTIONS } from '@waterbus/protocol';
export * from './account/account.js';
export { type AccountOptions, createAccount } from './account/create-account.js';
export { Integrations } from './account/integrations.js';
export { passkeysSupported } from './account/passkeys.js';
export { AccountSecurity, type SessionProof } from './account/security.js';
export { type KeptSignIn, type SignInStore, signInInMemory, signInInStorage } from './account/sign-in-store.js';
export { Administration } from './administration/administration.js';
export * from './api/call.js';
export * from './api/connection-test.js';
export * from './api/data.js';
export * from './api/join-options.js';
export * from './api/outside-test.js';
export * from './api/participants.js';
export { runOutsideTest } from './connectivity/run-outside-test.js';
export { testConnection } from './connectivity/test-connection.js';
export { WaterbusError } from './failures.js';
export { join } from './join.js';
export { type BreakoutRooms, breakoutsOf } from './meeting/breakouts-of.js';
export { ManagedMeeting, type TimeRange } from './meeting/managed-meeting.js';
export { attach } from './page/attach.js';
export { listDevices, onDevicesChanged, switchDevice } from './page/devices.js';
export { isBrowserSupported } from './page/is-browser-supported.js';
export { type AudioEvents, type CallAudio, type PlayAudioOptions, playAudio } from './page/play-audio.js';
export * from './rest/accounts.js';
export { createMeeting, getMeeting } from './rest/meetings.js';
export { listOwnParticipants } from './rest/own-participants.js';
export { getServerOffer } from './rest/server.js';
