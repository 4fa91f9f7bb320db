import {
  type CreateMeetingResponse,
  createMeetingResponseSchema,
  type GetMeetingResponse,
  getMeetingResponseSchema,
  type JoinMeetingResponse,
  joinMeetingResponseSchema,
  type WaitingResponse,
  waitingResponseSchema,
} from '@waterbus/protocol';
import { z } from 'zod';
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

/** Requests a join token (R8), or a place in the waiting room. */
export async function requestJoin(options: {
  server?: string;
  code: string;
  name: string;
  password?: string;
  hostToken?: string;
  accessToken?: string;
  signal?: AbortSignal;
}): Promise<JoinMeetingResponse | WaitingResponse> {
  const { server, code, signal, accessToken: token, ...body } = options;
  // With the cookie that identifies a browser that joined before, so that others' guesses do not
  // lock it out.
  const requested = { server, path: `${meetingPath(code)}/join`, body, token, signal, cookies: true };
  return understood(joinAnswer, await request(requested));
}

const joinAnswer = z.discriminatedUnion('status', [joinMeetingResponseSchema, waitingResponseSchema]);
