import * as z from 'zod';
import { meetingCodeSchema } from '../ids.js';
import { storedNameSchema } from '../names.js';
import { emailSchema, publicUserSchema } from './accounts.js';
import { memberRoleSchema } from './meetings.js';
import { pageOf } from './paging.js';

export const memberSchema = z.object({
  id: z.uuid(),
  /** Null: invited by address, and no user has accepted yet. */
  user: publicUserSchema.nullable(),
  /** The invited address; shown to host and moderators while `state` is `invited`, else null. */
  email: z.string().nullable(),
  role: memberRoleSchema,
  state: z.enum(['invited', 'joined']),
  createdAt: z.iso.datetime(),
});
export type Member = z.infer<typeof memberSchema>;
export const membersPageSchema = pageOf(memberSchema);

const invitableRole = memberRoleSchema.exclude(['host']).default('member');

export const inviteMemberRequestSchema = z.strictObject({ email: emailSchema, role: invitableRole });
/**
 * `invitationToken` accepts the invitation. The server sends it by mail if mail is set up; the host
 * can always forward it. Returned once.
 */
export const inviteMemberResponseSchema = z.object({
  member: memberSchema,
  invitationToken: z.string(),
  mailed: z.boolean(),
});

export const updateMemberRequestSchema = z.strictObject({ role: memberRoleSchema.exclude(['host']) });
export const memberResponseSchema = z.object({ member: memberSchema });

export const inviteLinkSchema = z.object({
  id: z.uuid(),
  role: memberRoleSchema.exclude(['host']),
  uses: z.number().int().nonnegative(),
  /** Null: unlimited. */
  maxUses: z.number().int().positive().nullable(),
  expiresAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
});
export type InviteLink = z.infer<typeof inviteLinkSchema>;
export const inviteLinksPageSchema = pageOf(inviteLinkSchema);
export const createInviteLinkRequestSchema = z.strictObject({
  role: invitableRole,
  maxUses: z.number().int().min(1).max(10_000).optional(),
  /** Seconds, default a week, at most 90 days. */
  expiresIn: z
    .number()
    .int()
    .min(60)
    .max(90 * 86_400)
    .default(7 * 86_400),
});
/** `invitationToken` makes a user who accepts with it a member. Shown once. */
export const createInviteLinkResponseSchema = z.object({ link: inviteLinkSchema, invitationToken: z.string() });

/** An invitation to the verified address of the requesting user. */
export const invitationSchema = z.object({
  id: z.uuid(),
  meeting: z.object({ code: meetingCodeSchema, title: storedNameSchema }),
  role: memberRoleSchema,
  createdAt: z.iso.datetime(),
});
export type Invitation = z.infer<typeof invitationSchema>;
export const invitationsPageSchema = pageOf(invitationSchema);
export const invitationTokenRequestSchema = z.strictObject({ token: z.string().min(1).max(256) });
export const acceptedInvitationSchema = z.object({ code: meetingCodeSchema, member: memberSchema });

/** An invitation to a person without an account, to enter as a guest. */
export const guestInvitationSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  /** False: its holder enters without the waiting room. */
  waits: z.boolean(),
  expiresAt: z.iso.datetime(),
  createdAt: z.iso.datetime(),
});
export type GuestInvitation = z.infer<typeof guestInvitationSchema>;
export const guestInvitationsPageSchema = pageOf(guestInvitationSchema);
export const inviteGuestRequestSchema = z.strictObject({
  email: emailSchema,
  /** `false` spares the guest the waiting room. */
  waits: z.boolean().default(true),
  /** Seconds, default 30 days, at most 90 days. */
  expiresIn: z
    .number()
    .int()
    .min(60)
    .max(90 * 86_400)
    .default(30 * 86_400),
});
/** `invitationToken` is for joining, in place of the password. Returned once. */
export const inviteGuestResponseSchema = z.object({
  invitation: guestInvitationSchema,
  invitationToken: z.string(),
  mailed: z.boolean(),
});
