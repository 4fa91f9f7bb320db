import {
  type Breakouts,
  type JoinMeetingResponse,
  joinMeetingResponseSchema,
  type WaitingResponse,
  waitingResponseSchema,
} from '@waterbus/protocol';
import * as z from 'zod';
import type { CallOptions, JoinOptions, JoinToken, TokenJoinOptions } from '../api/join-options.js';
import { codeOf } from '../failures.js';
import { waitForAdmission } from './admission.js';
import { meetingPath, request, understood } from './rest-request.js';

/** A join token, where to use it, and the meeting's title. */
export interface Authorized {
  token: string;
  origins: string[];
  /** Undefined: not known. */
  title: string | undefined;
  /** The open breakout rooms; null: none; undefined: not known. */
  breakouts?: Breakouts | null | undefined;
}

/** `breakoutToken`: of the breakout room in which the former participant was. */
export type Authorize = (signal?: AbortSignal, breakoutToken?: string) => Promise<Authorized>;

/**
 * The source of a call's join tokens: Server API, with or without a waiting room, or another back
 * end.
 */
export function authorization(options: JoinOptions | TokenJoinOptions): Authorize {
  const source = 'joinToken' in options ? given(options) : requested(options);
  return async (signal, breakoutToken) => {
    const { token, signalling, title, breakouts } = await source(signal, breakoutToken);
    return { token, origins: originsOf(options, signalling), title, breakouts };
  };
}

/** `''` stands for the API's own origin, which is the page's unless `server` names another one. */
export function originsOf(options: { server?: string | undefined }, signalling: readonly string[]): string[] {
  return signalling.map((origin) => origin || homeOf(options));
}

/**
 * The origin of sockets unless the join answer names other servers. A token that another back end
 * has fetched names them at once.
 */
export function likelyOrigin(options: JoinOptions | TokenJoinOptions): string | undefined {
  return 'joinToken' in options ? undefined : homeOf(options);
}

function homeOf({ server }: { server?: string | undefined }): string {
  return server || globalThis.location?.origin || '';
}

/** The user's access token that is valid now. */
export async function accessTokenOf({ accessToken }: Pick<CallOptions, 'accessToken'>): Promise<string | undefined> {
  return typeof accessToken === 'function' ? accessToken() : accessToken;
}

type Source = JoinToken & Pick<Authorized, 'breakouts'>;

function given({ joinToken }: TokenJoinOptions) {
  return async (): Promise<Source> => (typeof joinToken === 'function' ? joinToken() : joinToken);
}

function requested(options: JoinOptions) {
  const { server, code, name, password, hostToken, replaces, invitationToken, onWaiting, onReturnToken } = options;
  /** For joining anew: the participant in the call now may return. */
  let { returnToken } = options;
  /** Of a participant that was admitted: it need not wait again. */
  let admissionToken: string | undefined;

  return async (signal?: AbortSignal, breakoutToken?: string): Promise<Source> => {
    const admitted = (await readmitted(signal)) ?? (await joined(signal, breakoutToken));
    const { token, signalling, meeting, breakouts } = admitted;
    if (admitted.returnToken) onReturnToken?.(admitted.returnToken);
    returnToken = admitted.returnToken;
    return { token, signalling, title: meeting.title, breakouts: breakouts ?? null };
  };

  async function joined(signal?: AbortSignal, breakoutToken?: string): Promise<JoinMeetingResponse> {
    const accessToken = await accessTokenOf(options);
    const request = { server, code, name, password, hostToken: hostToken ?? undefined, accessToken, signal };
    const newer = { replaces, returnToken, breakoutToken, invitationToken };
    const answer = await requestJoin({ ...request, ...newer }).catch((error) => {
      // A server of an earlier version, during an upgrade, does not know these fields.
      const isNewer = Object.values(newer).some((field) => field !== undefined);
      if (codeOf(error) === 'request.invalid' && isNewer) return requestJoin(request);
      throw error;
    });
    if (answer.status === 'admitted') return answer;
    onWaiting?.();
    const admitted = await waitForAdmission({ server, admissionToken: answer.admissionToken, signal });
    admissionToken = answer.admissionToken;
    return admitted;
  }

  async function readmitted(signal?: AbortSignal): Promise<JoinMeetingResponse | undefined> {
    const known = admissionToken;
    if (!known) return undefined;
    admissionToken = undefined;
    try {
      const admitted = await waitForAdmission({ server, admissionToken: known, signal });
      admissionToken = known;
      return admitted;
    } catch {
      if (signal?.aborted) throw signal.reason;
      return undefined;
    }
  }
}

/** Requests a join token (R8), or a place in the waiting room. */
export async function requestJoin(options: {
  server?: string;
  code: string;
  name: string;
  password?: string;
  hostToken?: string;
  replaces?: string[];
  returnToken?: string;
  breakoutToken?: string;
  invitationToken?: string;
  accessToken?: string;
  signal?: AbortSignal;
}): Promise<JoinMeetingResponse | WaitingResponse> {
  const { server, code, signal, accessToken: token, ...body } = options;
  // With the cookie that identifies a browser that joined before, so that others' guesses do not
  // lock it out.
  const join = { server, path: `${meetingPath(code)}/join`, body, token, signal, cookies: true };
  return understood(joinAnswer, await request(join));
}

const joinAnswer = z.discriminatedUnion('status', [joinMeetingResponseSchema, waitingResponseSchema]);
