import * as z from 'zod';
import { pageOf } from './paging.js';

/** Actions in the audit log of an account. */
export const accountAuditActionSchema = z.enum([
  'session.started',
  'session.refused',
  'session.ended',
  'sessions.ended',
  'password.changed',
  'password.reset',
  'credentials.ended',
  'totp.added',
  'totp.removed',
  'recovery-codes.replaced',
  'passkey.added',
  'passkey.removed',
  'api-key.created',
  'api-key.removed',
  'webhook.created',
  'webhook.changed',
  'webhook.removed',
  'webhook.retried',
  'identity.linked',
  'identity.unlinked',
  'account.exported',
  'account.deleted',
  'account.disabled',
  'account.enabled',
]);
export type AccountAuditAction = z.infer<typeof accountAuditActionSchema>;

/** Actions in the audit log of a meeting. */
export const meetingAuditActionSchema = z.enum([
  'meeting.created',
  'meeting.changed',
  'meeting.password-changed',
  'meeting.archived',
  'meeting.handed-over',
  'member.invited',
  'member.joined',
  'member.role-changed',
  'member.removed',
  'member.left',
  'invitation.declined',
  'invite-link.created',
  'invite-link.removed',
  'guest.invited',
  'guest-invitation.removed',
  'participant.admitted',
  'participant.denied',
  'participant.muted',
  'participant.restricted',
  'participant.removed',
  'participant.sent-back',
  'participant.banned',
  'participant.unbanned',
  'call.ended',
  'breakouts.opened',
  'breakouts.changed',
  'breakouts.assigned',
  'breakouts.closed',
  'observer.token-created',
  'stream-key.created',
  'stream-key.removed',
]);
export type MeetingAuditAction = z.infer<typeof meetingAuditActionSchema>;

/** Actions on the server itself. */
export const serverAuditActionSchema = z.enum(['node.drain-started', 'node.drain-cancelled']);
export type ServerAuditAction = z.infer<typeof serverAuditActionSchema>;

/**
 * `user`: a person with an account; `participant`: a guest in the call; `anonymous`: an
 * unidentified person; `server`: the server itself; `administrator`: a user who administrates it.
 */
export const auditActorKindSchema = z.enum([
  'user',
  'api-key',
  'host-token',
  'participant',
  'anonymous',
  'server',
  'administrator',
]);
export type AuditActorKind = z.infer<typeof auditActorKindSchema>;

/** Ids, and words of this protocol; never text from users. */
const word = z.string().max(64);
/**
 * The answers of a later server have words that this version does not know. Readers show them as
 * they are, instead of failing for the whole list.
 */
const orLater = <T extends z.ZodType<string>>(known: T) => z.union([known, word]);
export const auditDetailsSchema = z.record(word, z.union([word, z.boolean(), z.array(word).max(16)]));
export type AuditDetails = z.infer<typeof auditDetailsSchema>;

const auditEvent = {
  id: z.uuid(),
  actor: z.object({
    kind: orLater(auditActorKindSchema),
    /** Of a user, API key or participant; null: there is none, or the account is deleted. */
    id: z.string().nullable(),
    /** At the time of the action. */
    name: z.string().nullable(),
  }),
  /**
   * Id of the object of the action (session, API key, member, participant…); null: the account or
   * the meeting itself.
   */
  target: z.string().nullable(),
  details: auditDetailsSchema,
  createdAt: z.iso.datetime(),
};

export const accountAuditEventSchema = z.object({
  ...auditEvent,
  action: orLater(accountAuditActionSchema),
  /** Origin of the action: an IPv4 address, or the first half of an IPv6 address. */
  network: z.string().nullable(),
});
export type AccountAuditEvent = z.infer<typeof accountAuditEventSchema>;
export const accountAuditEventsSchema = pageOf(accountAuditEventSchema);

/** Without networks: hosts do not see the network addresses of others. */
export const meetingAuditEventSchema = z.object({ ...auditEvent, action: orLater(meetingAuditActionSchema) });
export type MeetingAuditEvent = z.infer<typeof meetingAuditEventSchema>;
export const meetingAuditEventsSchema = pageOf(meetingAuditEventSchema);

/** An action of an administrator, on whatever. */
export const administratorAuditEventSchema = z.object({
  ...auditEvent,
  action: orLater(z.union([serverAuditActionSchema, accountAuditActionSchema, meetingAuditActionSchema])),
  network: z.string().nullable(),
});
export type AdministratorAuditEvent = z.infer<typeof administratorAuditEventSchema>;
export const administratorAuditEventsSchema = pageOf(administratorAuditEventSchema);
