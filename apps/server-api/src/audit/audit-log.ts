import type {
  AccountAuditAction,
  AuditActorKind,
  Grants,
  MeetingAuditAction,
  MemberRole,
  ServerAuditAction,
  Source,
  UpdateMeetingRequest,
} from '@waterbus/protocol';
import { eq, type SQL, sql, type WithSubquery } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { Queries } from '../database/database.js';
import { admissions, apiKeys, auditEvents, users } from '../database/schema.js';
import { type Statement, statement, type ValueOf } from '../database/statement.js';
import { insertFrom, part } from '../database/statement-part.js';
import { network } from '../limits/network.js';

/** The actor, and its network. */
export interface Actor {
  kind: AuditActorKind;
  id: string | null;
  network: string | null;
}

/**
 * The action, with the details that only this kind of event has. A new action of the protocol does
 * not compile until it is listed here.
 */
export type AuditEvent =
  | { [Action in AccountAuditAction]: OfAccount & Case<Action, AccountDetails[Action]> }[AccountAuditAction]
  | { [Action in MeetingAuditAction]: OfMeeting & Case<Action, MeetingDetails[Action]> }[MeetingAuditAction]
  | { [Action in ServerAuditAction]: OfServer & Case<Action, None> }[ServerAuditAction];

/** Only ids and words of the protocol: no secret, no address, no text that people wrote. */
interface AccountDetails {
  'session.started': None;
  /** Too many attempts. */
  'session.refused': { step: 'password' | 'second-factor' };
  /** `token-reused`: its refresh token was used a second time. */
  'session.ended': { reason: 'signed-out' | 'token-reused' };
  'sessions.ended': None;
  'password.changed': None;
  'password.reset': None;
  /** An identity provider has proven the address of an account that had never verified it. */
  'credentials.ended': None;
  'totp.added': None;
  'totp.removed': None;
  'recovery-codes.replaced': None;
  'passkey.added': None;
  'passkey.removed': None;
  'api-key.created': None;
  'api-key.removed': None;
  'webhook.created': None;
  'webhook.changed': { fields: ('url' | 'events' | 'enabled')[] };
  'webhook.removed': None;
  /** By an administrator only. */
  'webhook.retried': { eventId: string };
  'identity.linked': None;
  'identity.unlinked': None;
  'account.exported': None;
  'account.deleted': None;
  'account.disabled': None;
  'account.enabled': None;
}

interface MeetingDetails {
  'meeting.created': None;
  'meeting.changed': { fields: (keyof UpdateMeetingRequest)[]; locked?: boolean };
  'meeting.password-changed': { set: boolean };
  'meeting.archived': None;
  'meeting.handed-over': { because: 'asked' | 'account-deleted' };
  'member.invited': { role: MemberRole };
  'member.joined': { role: MemberRole; by: 'invitation' | 'link' };
  'member.role-changed': { role: MemberRole };
  'member.removed': { state: 'invited' | 'joined' };
  'member.left': None;
  'invitation.declined': None;
  'invite-link.created': { role: MemberRole };
  'invite-link.removed': None;
  'guest.invited': { waits: boolean };
  'guest-invitation.removed': None;
  'participant.admitted': None;
  'participant.denied': None;
  'participant.muted': { source: Source };
  'participant.restricted': { fields: (keyof Grants | 'metadata')[] };
  'participant.removed': None;
  'participant.sent-back': None;
  'participant.banned': { banId: string };
  'participant.unbanned': None;
  'call.ended': None;
  'breakouts.opened': { choice: boolean };
  'breakouts.changed': { fields: ('endsIn' | 'choice')[] };
  /** The target: the participant, where it is one alone. `rooms`: at most sixteen; `main`. */
  'breakouts.assigned': { rooms: string[] };
  'breakouts.closed': { because: 'asked' | 'time' };
  'observer.token-created': None;
  'stream-key.created': { source: 'camera' | 'screen' | 'none' };
  'stream-key.removed': None;
}

type None = Record<never, never>;
type Case<Action, Details> = { action: Action; target?: string } & (keyof Details extends never
  ? { details?: never }
  : { details: Details });
type OfAccount = { userId: string | null; meetingId?: never };
type OfServer = { userId: null; meetingId?: never };
type OfMeeting = { meetingId: string; userId?: never };

/**
 * Writes one event in the transaction of the change: either both exist or neither. If it concerns
 * an account, the account's row is locked before its other rows: see `holdAccount`.
 */
export async function audit(transaction: Pick<Queries, '_'>, actor: Actor, at: Date, event: AuditEvent): Promise<void> {
  await insertBy[actor.kind](transaction, newRow(actor, at, event));
}

/** The values of `auditing`. */
export function newRow({ kind, id, network }: Actor, at: Date, event: AuditEvent): NewRow {
  return {
    action: event.action,
    target: event.target ?? null,
    details: { ...event.details },
    userId: event.userId ?? null,
    meetingId: event.meetingId ?? null,
    actorKind: kind,
    actorId: id,
    network,
    createdAt: at,
  };
}

export type NewRow = Omit<typeof auditEvents.$inferInsert, 'id' | 'actorName'>;

/**
 * The same as `audit`, as a part of a larger statement (`with`): one event for each row of
 * `change`.
 */
export function auditing(kind: AuditActorKind, value: ValueOf<NewRow>, change: SQL): WithSubquery {
  return part('audited', insertFrom(auditEvents, columnsOf(kind, value), change));
}

/** The actor's name at this moment, read by the statement that writes the event. */
const nameOf: Record<AuditActorKind, (id: SQL) => SQL> = {
  user: (id) => sql`(select ${users.name} from ${users} where ${users.id} = ${id}::uuid)`,
  'api-key': (id) => sql`(select ${apiKeys.name} from ${apiKeys} where ${apiKeys.id} = ${id})`,
  participant: (id) => sql`(select ${admissions.name} from ${admissions} where ${admissions.id} = ${id})`,
  'host-token': () => sql`null`,
  anonymous: () => sql`null`,
  server: () => sql`null`,
  administrator: (id) => sql`(select ${users.name} from ${users} where ${users.id} = ${id}::uuid)`,
};

const insertBy = Object.fromEntries(
  (Object.keys(nameOf) as AuditActorKind[]).map((kind) => [
    kind,
    statement<NewRow, unknown>((queries, value) => queries.insert(auditEvents).values(columnsOf(kind, value))),
  ]),
) as Record<AuditActorKind, Statement<NewRow, unknown>>;

function columnsOf(kind: AuditActorKind, value: ValueOf<NewRow>) {
  return {
    action: value('action'),
    target: value('target'),
    details: value('details', auditEvents.details),
    userId: value('userId'),
    meetingId: value('meetingId'),
    actorKind: value('actorKind'),
    actorId: value('actorId'),
    actorName: nameOf[kind](value('actorId')),
    network: value('network'),
    createdAt: value('createdAt', auditEvents.createdAt),
  };
}

/**
 * Prevents the deletion of an account until the transaction ends; false: it is deleted. Called
 * before the transaction locks rows of the account: deletion locks in this order, which prevents
 * deadlocks.
 */
export async function holdAccount(transaction: Pick<Queries, 'select'>, userId: string): Promise<boolean> {
  const rows = await transaction.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('key share');
  return rows.length > 0;
}

/** The actor of the Authorization header. A participant with an account is the user. */
export function actorOf({
  principal,
  ip,
}: Pick<FastifyRequest, 'principal'> & { ip: FastifyRequest['ip'] | undefined }): Actor {
  const from = ip === undefined ? null : network(ip);
  switch (principal.type) {
    case 'anonymous':
      return { kind: 'anonymous', id: null, network: from };
    case 'user':
      return { kind: 'user', id: principal.userId, network: from };
    case 'api-key':
      return { kind: 'api-key', id: principal.apiKeyId, network: from };
    case 'host-token':
      return { kind: 'host-token', id: null, network: from };
    case 'participant':
      return principal.userId === null
        ? { kind: 'participant', id: principal.participantId, network: from }
        : { kind: 'user', id: principal.userId, network: from };
  }
}

/** An administrator in a route of administrators. */
export function administratorOf({ principal, ip }: Pick<FastifyRequest, 'principal' | 'ip'>): Actor {
  if (principal.type !== 'user') throw new Error('Only users are administrators');
  return { kind: 'administrator', id: principal.userId, network: network(ip) };
}

/** A person who has just proven to be this user, without a session. */
export function actorWithProof(userId: string, { ip }: Pick<FastifyRequest, 'ip'>): Actor {
  return { kind: 'user', id: userId, network: network(ip) };
}

export const serverItself: Actor = { kind: 'server', id: null, network: null };
