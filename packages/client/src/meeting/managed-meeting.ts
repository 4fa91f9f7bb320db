import {
  type Attendance,
  attendancePageSchema,
  createInviteLinkResponseSchema,
  type GetMeetingResponse,
  type GuestInvitation,
  guestInvitationsPageSchema,
  type InviteLink,
  inviteGuestResponseSchema,
  inviteLinksPageSchema,
  inviteMemberResponseSchema,
  type Meeting,
  type MeetingCall,
  type Member,
  meetingCallsSchema,
  type Occurrence,
  occurrencesSchema,
  updatedMeetingSchema,
} from '@waterbus/protocol';
import type { Account } from '../account/account.js';
import type { CallChat, CallModeration, CallPolls, PrivateChat } from '../api/call.js';
import type { LiveModeration } from '../call/live-moderation.js';
import { privateChatOf } from '../call/private-chat.js';
import { all, chatOf, moderationOf, pollsOf, readMeeting } from '../call/rest-of-call.js';
import { meetingPath, request, understood } from '../rest/rest-request.js';

/** ISO 8601. */
export interface TimeRange {
  from?: string;
  to?: string;
}

/**
 * A meeting outside of its call, for its members and for the holder of its host token. Methods reject
 * with `permission.denied` where the role does not suffice, and with `meeting.not_found` where the
 * meeting does not exist for the asker.
 */
export class ManagedMeeting {
  readonly code: string;
  /** As in the call, with the same roles. */
  readonly moderation: Omit<CallModeration, 'createInviteLink' | keyof LiveModeration>;
  readonly chat: CallChat;
  readonly privateChat: PrivateChat;
  readonly polls: CallPolls;
  readonly #ask: (path: string, of?: { method?: 'POST' | 'DELETE'; body?: object; text?: boolean }) => Promise<unknown>;

  /**
   * `hostToken`: acts with it instead of as the account's user. `server`: origin of Server API;
   * default: the page's own.
   */
  constructor(
    account: Pick<Account, 'asUser'>,
    { code, hostToken, server }: { code: string; hostToken?: string; server?: string },
  ) {
    this.code = code;
    const ask: Parameters<typeof moderationOf>[0]['ask'] = (path, of = {}) => {
      const send = (token: string | undefined) =>
        request({ ...of, path: meetingPath(code) + path, ...(server && { server }), ...(token && { token }) });
      return hostToken === undefined ? account.asUser(send) : send(hostToken);
    };
    this.#ask = ask;
    this.moderation = moderationOf({ ask });
    this.chat = chatOf({ ask });
    this.privateChat = privateChatOf({ ask });
    this.polls = pollsOf({ ask });
  }

  /** With `membership` for a member. */
  async read(): Promise<GetMeetingResponse['meeting']> {
    return readMeeting({ ask: this.#ask });
  }

  /**
   * Invites an address. `mailed`: the server sends the invitation; otherwise hand over
   * `invitationToken`. Rejects with `member.exists`.
   */
  async invite(
    email: string,
    role: 'moderator' | 'member',
  ): Promise<{ member: Member; invitationToken: string; mailed: boolean }> {
    return understood(inviteMemberResponseSchema, await this.#ask('/members', { body: { email, role } }));
  }

  /**
   * Invites a person without an account. `mailed`: the server sends the link; otherwise hand over
   * `invitationToken`, for `join`. `waits: false` spares the waiting room. A second invitation of an
   * address replaces the first.
   */
  async inviteGuest(
    email: string,
    options: { waits?: boolean; expiresIn?: number } = {},
  ): Promise<{ invitation: GuestInvitation; invitationToken: string; mailed: boolean }> {
    const body = { email, ...options };
    return understood(inviteGuestResponseSchema, await this.#ask('/guest-invitations', { body }));
  }

  /** Without their secrets, the oldest first. */
  async guestInvitations(): Promise<GuestInvitation[]> {
    return all(async (query) => understood(guestInvitationsPageSchema, await this.#ask(`/guest-invitations${query}`)));
  }

  /** Its link no longer counts; a guest in the call stays. */
  async withdrawGuestInvitation(id: string): Promise<void> {
    await this.#ask(`/guest-invitations/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Without their secrets, the oldest first. */
  async inviteLinks(): Promise<InviteLink[]> {
    return all(async (query) => understood(inviteLinksPageSchema, await this.#ask(`/invite-links${query}`)));
  }

  /** `invitationToken` makes its users members. No other answer contains it. */
  async createInviteLink(role: 'moderator' | 'member'): Promise<{ link: InviteLink; invitationToken: string }> {
    return understood(createInviteLinkResponseSchema, await this.#ask('/invite-links', { body: { role } }));
  }

  /** Members who accepted with it stay. */
  async deleteInviteLink(id: string): Promise<void> {
    await this.#ask(`/invite-links/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Makes a member the host, at once; the former host becomes a moderator. */
  async handOver(userId: string): Promise<Meeting> {
    return understood(updatedMeetingSchema, await this.#ask('/host', { body: { userId } })).meeting;
  }

  /** Ends the own membership. A host hands over first. */
  async leave(): Promise<void> {
    await this.#ask('/members/me', { method: 'DELETE' });
  }

  /** The calls that began in the range (default: the last 30 days), the newest first. For moderators. */
  async calls(range: TimeRange = {}): Promise<MeetingCall[]> {
    return all(async (query) => {
      const path = `/calls${queryOf({ ...range }, query)}`;
      return understood(meetingCallsSchema, await this.#ask(path));
    });
  }

  /** The stays that overlap the range, in the order of joining. For moderators. */
  async attendance(range: TimeRange = {}): Promise<Attendance[]> {
    return all(async (query) => {
      const path = `/attendance${queryOf({ ...range }, query)}`;
      return understood(attendancePageSchema, await this.#ask(path));
    });
  }

  /** The same as CSV, with a byte order mark. `timeZone`: IANA, of its times; default: UTC. */
  async attendanceFile(options: TimeRange & { timeZone?: string } = {}): Promise<string> {
    return String(await this.#ask(`/attendance.csv${queryOf({ ...options })}`, { text: true }));
  }

  /** The polls as CSV, with a byte order mark and the names of voters. For moderators. */
  async pollsFile(options: { timeZone?: string } = {}): Promise<string> {
    return String(await this.#ask(`/polls.csv${queryOf({ ...options })}`, { text: true }));
  }

  /** The next dates of a scheduled meeting, the earliest first. */
  async dates({ limit }: { limit?: number } = {}): Promise<Occurrence[]> {
    return understood(occurrencesSchema, await this.#ask(`/schedule${queryOf({ limit })}`)).items;
  }

  /** iCalendar (RFC 5545). Rejects with `request.not_found` for a meeting without a start. */
  async calendarFile(): Promise<string> {
    return String(await this.#ask('/calendar', { text: true }));
  }
}

/** `before`: a query that the result extends. */
function queryOf(values: Record<string, string | number | undefined>, before = ''): string {
  const query = new URLSearchParams(before);
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `?${query}` : '';
}
