import {
  type CreateMeetingResponse,
  createMeetingResponseSchema,
  type GetMeetingResponse,
  getMeetingResponseSchema,
  type MeetingSettings,
  type Schedule,
} from '@waterbus/protocol';
import { meetingPath, request, understood } from './rest-request.js';

/**
 * Creates a meeting. With `accessToken` its user is the host. Without it, `hostToken` of the answer
 * is shown once: its holder joins as host without the password.
 *
 * @throws {WaterbusError} `request.invalid` (title 1-120 characters, password 4-128),
 * `request.rate_limited`, `network.unreachable`.
 */
export async function createMeeting(options: {
  server?: string;
  title: string;
  password?: string;
  /** Nobody can join, members and moderators excepted. */
  locked?: boolean;
  /** A person who is not a member waits until a moderator admits them. */
  waitingRoom?: boolean;
  /** Omitted ones have their defaults. */
  settings?: Partial<MeetingSettings>;
  /** ISO 8601. */
  scheduledStart?: string;
  /** Needs `scheduledStart`. */
  schedule?: Schedule;
  accessToken?: string;
  signal?: AbortSignal;
}): Promise<CreateMeetingResponse> {
  const { server, signal, accessToken: token, ...body } = options;
  return understood(createMeetingResponseSchema, await request({ server, path: '/v1/meetings', body, token, signal }));
}

/**
 * The public part of a meeting, for every holder of the code: the title, and whether a password is
 * needed. With the `accessToken` of a member also `membership`: members join without the password.
 *
 * @throws {WaterbusError} `meeting.not_found`, `request.rate_limited`, `network.unreachable`.
 */
export async function getMeeting(options: {
  server?: string;
  code: string;
  accessToken?: string;
  signal?: AbortSignal;
}): Promise<GetMeetingResponse['meeting']> {
  const { server, code, accessToken: token, signal } = options;
  return understood(getMeetingResponseSchema, await request({ server, path: meetingPath(code), token, signal }))
    .meeting;
}
