import { type OwnParticipant, ownParticipantsSchema } from '@waterbus/protocol';
import { meetingPath, request, understood } from './rest-request.js';

/**
 * The participants of the signed-in user in the meeting's call, on all devices, the last to join
 * first: for `replaces` of `join`.
 *
 * @throws {WaterbusError} `meeting.not_found`, `request.rate_limited`, `network.unreachable`.
 */
export async function listOwnParticipants(options: {
  server?: string;
  code: string;
  accessToken: string;
  signal?: AbortSignal;
}): Promise<OwnParticipant[]> {
  const { server, code, accessToken: token, signal } = options;
  const path = `${meetingPath(code)}/participants/mine`;
  return understood(ownParticipantsSchema, await request({ server, path, token, signal })).items;
}
