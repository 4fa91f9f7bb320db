import { defaultMeetingSettings, type JoinMeetingResponse, type Meeting } from '@waterbus/protocol';

export const meeting: Meeting = {
  code: 'abc-defg-hjk',
  title: 'Weekly',
  passwordRequired: false,
  locked: false,
  waitingRoom: false,
  settings: defaultMeetingSettings,
  scheduledStart: null,
  archivedAt: null,
  createdAt: '2026-11-22T12:00:00Z',
};

export const admitted: JoinMeetingResponse = {
  status: 'admitted',
  token: 'token',
  expiresIn: 120,
  participantId: 'me',
  meeting,
  signalling: [''],
};
