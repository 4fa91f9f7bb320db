import {
  type CreateMeetingResponse,
  createMeetingResponseSchema,
  getMeetingResponseSchema,
  type JoinMeetingResponse,
  joinMeetingResponseSchema,
  type Meeting,
  problemSchema,
} from '@waterbus/protocol';
import { WaterbusError } from '../call.js';
import { coded, unreachable } from '../failures.js';

/**
 * Creates a meeting. `hostToken` of the answer is shown once: with it its holder joins as host without the password.
 *
 * @throws {WaterbusError} `request.invalid` (title 1-120 characters, password 4-128), `request.rate_limited`, `network.unreachable`.
 */
export async function createMeeting(options: {
  server?: string;
  title: string;
  password?: string;
  signal?: AbortSignal;
}): Promise<CreateMeetingResponse> {
  const { server, signal, ...body } = options;
  return understood(createMeetingResponseSchema, await call(server, '/v1/meetings', { body, signal }));
}

/**
 * What anybody who knows the code may read: the title, and whether a password is needed.
 *
 * @throws {WaterbusError} `meeting.not_found`, `request.rate_limited`, `network.unreachable`.
 */
export async function getMeeting(options: { server?: string; code: string; signal?: AbortSignal }): Promise<Meeting> {
  const path = `/v1/meetings/${encodeURIComponent(options.code)}`;
  return understood(getMeetingResponseSchema, await call(options.server, path, { signal: options.signal })).meeting;
}

/** Asks for a join token (R8). */
export async function requestJoin(options: {
  server?: string;
  code: string;
  name: string;
  password?: string;
  hostToken?: string;
  signal?: AbortSignal;
}): Promise<JoinMeetingResponse> {
  const { server, code, signal, ...body } = options;
  const path = `/v1/meetings/${encodeURIComponent(code)}/join`;
  return understood(joinMeetingResponseSchema, await call(server, path, { body, signal }));
}

function understood<T>(
  schema: { safeParse(data: unknown): { success: true; data: T } | { success: false } },
  data: unknown,
): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw coded('server.internal', 'the answer is not understood');
}

async function call(server = '', path: string, options: { body?: object; signal?: AbortSignal }): Promise<unknown> {
  const { body, signal } = options;
  const timeout = AbortSignal.timeout(REST_TIMEOUT);
  let response: Response;
  let content: unknown;
  try {
    response = await fetch(new URL(path, server || globalThis.location?.href), {
      method: body ? 'POST' : 'GET',
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      // Nothing here depends on cookies, and none should reach another origin.
      credentials: 'omit',
    });
    content = await response.json().catch(() => undefined);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw unreachable(`${path} could not be reached: ${error instanceof Error ? error.message : error}`);
  }
  if (response.ok) return content;
  const problem = problemSchema.safeParse(content);
  if (problem.success) throw new WaterbusError(problem.data.code, problem.data.detail ?? problem.data.title);
  // A proxy in between answers with its own pages: 502 and 504 say that nobody is behind it.
  throw response.status >= 500 ? coded('server.unavailable') : coded('request.invalid', `HTTP ${response.status}`);
}

/** Milliseconds until a REST request counts as lost: argon2id and a cold database stay far below. */
const REST_TIMEOUT = 10_000;
