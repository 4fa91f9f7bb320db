import {
  type createInviteLinkRequestSchema,
  createInviteLinkResponseSchema,
  type GuestInvitation,
  guestInvitationsPageSchema,
  type InviteLink,
  type inviteGuestRequestSchema,
  inviteGuestResponseSchema,
  inviteLinksPageSchema,
  type inviteMemberRequestSchema,
  inviteMemberResponseSchema,
  type Member,
  memberResponseSchema,
  membersPageSchema,
  type updateMemberRequestSchema,
} from '@waterbus/protocol';
import type { z } from 'zod';
import { type Connection, pathOf } from './connection.js';
import { type List, type ListOptions, listOf } from './list.js';

/** An invitation, as answered to its sender. */
export type MemberInvitation = z.output<typeof inviteMemberResponseSchema>;
/** An invitation link with its token, which only this answer has. */
export type NewInviteLink = z.output<typeof createInviteLinkResponseSchema>;

/** An invitation of a guest with its token, which only this answer has. */
export type NewGuestInvitation = z.output<typeof inviteGuestResponseSchema>;

/** Users that belong to a meeting: they join without its password, and read its messages. */
export class Members {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(code: string, options?: ListOptions): List<Member> {
    return listOf(this.#connection, pathOf`meetings/${code}/members`, membersPageSchema, options);
  }

  /**
   * `mailed`: the server has sent it. Otherwise pass on `invitationToken`, which is not shown
   * again.
   */
  invite(code: string, whom: z.input<typeof inviteMemberRequestSchema>): Promise<MemberInvitation> {
    return this.#connection.ask('POST', pathOf`meetings/${code}/members`, inviteMemberResponseSchema, whom);
  }

  async changeRole(
    code: string,
    memberId: string,
    role: z.input<typeof updateMemberRequestSchema>['role'],
  ): Promise<Member> {
    const path = pathOf`meetings/${code}/members/${memberId}`;
    return (await this.#connection.ask('PATCH', path, memberResponseSchema, { role })).member;
  }

  /** Also withdraws an invitation. */
  remove(code: string, memberId: string): Promise<void> {
    return this.#connection.send('DELETE', pathOf`meetings/${code}/members/${memberId}`);
  }
}

/** Links that make each user that accepts them a member. */
export class InviteLinks {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(code: string, options?: ListOptions): List<InviteLink> {
    return listOf(this.#connection, pathOf`meetings/${code}/invite-links`, inviteLinksPageSchema, options);
  }

  /** `invitationToken` is not shown again. */
  create(code: string, link: z.input<typeof createInviteLinkRequestSchema> = {}): Promise<NewInviteLink> {
    return this.#connection.ask('POST', pathOf`meetings/${code}/invite-links`, createInviteLinkResponseSchema, link);
  }

  remove(code: string, linkId: string): Promise<void> {
    return this.#connection.send('DELETE', pathOf`meetings/${code}/invite-links/${linkId}`);
  }
}

/** Invitations with which people without an account enter as guests. */
export class GuestInvitations {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  list(code: string, options?: ListOptions): List<GuestInvitation> {
    const path = pathOf`meetings/${code}/guest-invitations`;
    return listOf(this.#connection, path, guestInvitationsPageSchema, options);
  }

  /**
   * `mailed`: the server has sent the link. Otherwise pass on `/m/CODE#invitation=TOKEN` of the
   * page; the token is not shown again.
   */
  create(code: string, guest: z.input<typeof inviteGuestRequestSchema>): Promise<NewGuestInvitation> {
    return this.#connection.ask('POST', pathOf`meetings/${code}/guest-invitations`, inviteGuestResponseSchema, guest);
  }

  /** A guest in the call stays. */
  remove(code: string, invitationId: string): Promise<void> {
    return this.#connection.send('DELETE', pathOf`meetings/${code}/guest-invitations/${invitationId}`);
  }
}
