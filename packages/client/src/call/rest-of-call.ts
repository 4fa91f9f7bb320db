import {
  bansPageSchema,
  createInviteLinkResponseSchema,
  createStreamKeyResponseSchema,
  type GetMeetingResponse,
  getMeetingResponseSchema,
  memberResponseSchema,
  membersPageSchema,
  messageResponseSchema,
  messagesPageSchema,
  pollResponseSchema,
  pollsPageSchema,
  reactionsResponseSchema,
  streamKeysPageSchema,
  updatedMeetingSchema,
  waitingPageSchema,
} from '@waterbus/protocol';
import { v4 as uuid } from 'uuid';
import type { CallChat, CallModeration, CallPolls } from '../api/call.js';
import { isPassing } from '../failures.js';
import { meetingPath, type RestRequest, request, understood } from '../rest/rest-request.js';
import { backoff } from '../time/backoff.js';
import { discardFile, fileContent, listFiles, uploadFile } from './chat-files.js';
import type { LiveModeration } from './live-moderation.js';

/** The part of a call that uses Server API, which commits before it notifies the room (R5). */
export interface RestOfCall {
  /** A request below the meeting's path, in the participant's name. */
  ask(
    path: string,
    of?: Pick<RestRequest, 'method' | 'body' | 'text' | 'bytes' | 'blob' | 'onProgress' | 'signal' | 'timeout'>,
  ): Promise<unknown>;
}

export function restOfCall(options: {
  server?: string;
  code: string;
  /**
   * The credential of the request: the user's access token, or the resume token of the participant.
   */
  token(): Promise<string>;
}): RestOfCall {
  const { server, code, token } = options;
  return {
    ask: async (path, of = {}) => request({ server, path: `${meetingPath(code)}${path}`, token: await token(), ...of }),
  };
}

export function chatOf({ ask }: RestOfCall): CallChat {
  const message = (id: string) => `/messages/${encodeURIComponent(id)}`;
  return {
    send: async (text, { clientId = uuid(), mentions, replyTo, files } = {}) => {
      const body = {
        ...(text && { text }),
        clientId,
        ...(mentions?.length && { mentions }),
        ...(replyTo && { replyTo }),
        ...(files?.length && { files }),
      };
      return understood(messageResponseSchema, await sendRepeatedly(ask, '/messages', body)).message;
    },
    list: async (range = {}) => {
      const query = String(
        new URLSearchParams(
          Object.entries(range).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
        ),
      );
      return understood(messagesPageSchema, await ask(`/messages${query && `?${query}`}`));
    },
    edit: async (id, text) =>
      understood(messageResponseSchema, await ask(message(id), { method: 'PATCH', body: { text } })).message,
    delete: async (id) => void (await ask(message(id), { method: 'DELETE' })),
    react: async (id, emoji, on = true) =>
      understood(
        reactionsResponseSchema,
        await ask(`${message(id)}/reactions/${encodeURIComponent(emoji)}`, { method: on ? 'PUT' : 'DELETE' }),
      ).reactions,
    markRead: async (seq) => void (await ask('/read', { method: 'PUT', body: { seq } })),
    upload: (file, options) => uploadFile(ask, file, options),
    fileContent: (id, part = 'content', signal) => fileContent(ask, id, part, signal),
    listFiles: (cursor) => listFiles(ask, cursor),
    discardFile: (id) => discardFile(ask, id),
  };
}

/** A retry with the same `clientId` is the same message, if only the answer was lost. */
export async function sendRepeatedly(ask: RestOfCall['ask'], path: string, body: object): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(path, { body });
    } catch (error) {
      if (!isPassing(error) || attempt === SEND_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt, Math.random)));
    }
  }
}

export function pollsOf({ ask }: RestOfCall): CallPolls {
  const path = (id: string, rest = '') => `/polls/${encodeURIComponent(id)}${rest}`;
  const poll = async (answer: Promise<unknown>) => understood(pollResponseSchema, await answer).poll;
  return {
    list: () => all(async (query) => understood(pollsPageSchema, await ask(`/polls${query}`))),
    create: (body) => poll(ask('/polls', { body })),
    vote: (id, chosen, options = {}) => poll(ask(path(id, '/vote'), { method: 'PUT', body: { chosen, ...options } })),
    close: (id) => poll(ask(path(id, '/close'), { method: 'POST' })),
    delete: async (id) => void (await ask(path(id), { method: 'DELETE' })),
  };
}

/** Moderation by REST: it is stored, or concerns the stored meeting. */
export function moderationOf({ ask }: RestOfCall): Omit<CallModeration, keyof LiveModeration> {
  const act = (list: 'participants' | 'waiting') => async (id: string, act: string, body?: object) =>
    void (await ask(`/${list}/${encodeURIComponent(id)}/${act}`, { method: 'POST', body }));
  const [participant, waiting] = [act('participants'), act('waiting')];
  return {
    mute: (id, source = 'microphone') => participant(id, 'mute', { source }),
    stopVideo: (id, source = 'camera') => participant(id, 'stop-video', { source }),
    remove: (id) => participant(id, 'kick'),
    ban: (id, reason) => participant(id, 'ban', reason === undefined ? undefined : { reason }),
    moveToWaitingRoom: (id) => participant(id, 'waiting-room'),
    admit: (id) => waiting(id, 'admit'),
    deny: (id) => waiting(id, 'deny'),
    waiting: () => all(async (query) => understood(waitingPageSchema, await ask(`/waiting${query}`))),
    ...membershipOf(ask),
    streamKeys: () => all(async (query) => understood(streamKeysPageSchema, await ask(`/stream-keys${query}`))),
    createStreamKey: async (body) =>
      understood(createStreamKeyResponseSchema, await ask('/stream-keys', { method: 'POST', body })),
    deleteStreamKey: async (id) => void (await ask(`/stream-keys/${encodeURIComponent(id)}`, { method: 'DELETE' })),
    updateMeeting: async (change) =>
      understood(updatedMeetingSchema, await ask('', { method: 'PATCH', body: change })).meeting,
    setPassword: async (password) => {
      const change =
        password === null ? ({ method: 'DELETE' } as const) : ({ method: 'PUT', body: { password } } as const);
      return understood(updatedMeetingSchema, await ask('/password', change)).meeting;
    },
  };
}

type Membership = 'members' | 'setRole' | 'removeMember' | 'createInviteLink' | 'bans' | 'liftBan' | 'archive';

function membershipOf(ask: RestOfCall['ask']): Pick<CallModeration, Membership> {
  const member = (id: string) => `/members/${encodeURIComponent(id)}`;
  return {
    members: () => all(async (query) => understood(membersPageSchema, await ask(`/members${query}`))),
    setRole: async (id, role) =>
      understood(memberResponseSchema, await ask(member(id), { method: 'PATCH', body: { role } })).member,
    removeMember: async (id) => void (await ask(member(id), { method: 'DELETE' })),
    createInviteLink: async (role) =>
      understood(createInviteLinkResponseSchema, await ask('/invite-links', { body: { role } })).invitationToken,
    bans: () => all(async (query) => understood(bansPageSchema, await ask(`/bans${query}`))),
    liftBan: async (id) => void (await ask(`/bans/${encodeURIComponent(id)}`, { method: 'DELETE' })),
    archive: async () => understood(updatedMeetingSchema, await ask('/archive', { method: 'POST' })).meeting,
  };
}

/** The items of every page of a list. */
export async function all<T>(
  read: (query: string) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: T[]; nextCursor: string | null } = await read(
      cursor && `?cursor=${encodeURIComponent(cursor)}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

export async function readMeeting({ ask }: RestOfCall): Promise<GetMeetingResponse['meeting']> {
  return understood(getMeetingResponseSchema, await ask('')).meeting;
}

/** As for joining: about a second, the user is looking at the message. */
const SEND_ATTEMPTS = 3;
