import { CodedError, type GuestInvitation, type Page } from '@waterbus/protocol';
import { and, asc, count, eq, lte } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { newSecret } from '../access/secrets.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type GuestInvitationRow, guestInvitations } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { settingsOf } from '../meeting/settings.js';
import { openingOf } from '../offer/opening.js';
import type { ApiParts } from '../parts.js';
import { permittedMail } from './invitation-mail.js';

export interface NewGuestInvitation {
  email: string;
  waits: boolean;
  /** Seconds. */
  expiresIn: number;
}

/**
 * Invites an address to enter as a guest. No account is looked up: the answer is the same for
 * addresses with and without one. A second invitation of an address replaces the first, whose link
 * ends. After the commit a mail is sent if the inviter may send one. Rejects with `limit.reached`,
 * and with `permission.denied` where no guest may join.
 */
export async function inviteGuest(
  parts: ApiParts,
  request: FastifyRequest,
  { email, waits, expiresIn }: NewGuestInvitation,
): Promise<{ invitation: GuestInvitation; invitationToken: string; mailed: boolean }> {
  await parts.limits.countBy('invite', request.access.meeting.id);
  await parts.limits.countBy('inviteGuest', request.access.meeting.id);
  const { secret, hash } = newSecret();
  const mail = await permittedMail(parts, request, email);
  const at = new Date(parts.clock.date());
  if (!openingOf(parts).guests) throw new CodedError('permission.denied', 'Guests cannot join on this server');
  const row = await changeMeeting(parts, request, 'invite', async (transaction, { meeting }) => {
    if (settingsOf(meeting).access === 'members')
      throw new CodedError('permission.denied', 'This meeting is for members');
    const expiresAt = new Date(at.getTime() + expiresIn * 1000);
    const made = await store(transaction, {
      meetingId: meeting.id,
      email,
      tokenHash: hash,
      waits,
      expiresAt,
      createdAt: at,
    });
    const event = { action: 'guest.invited', meetingId: meeting.id, target: made.id, details: { waits } } as const;
    await audit(transaction, actorOf(request), at, event);
    await mail?.queue(transaction, {
      kind: 'guest-invitation',
      meeting,
      path: `/m/${meeting.code}#invitation=${secret}`,
      at,
    });
    return made;
  });
  return { invitation: shown(row), invitationToken: secret, mailed: mail !== undefined };
}

export async function guestInvitationsOf(
  queries: Queries,
  meetingId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<GuestInvitation>> {
  const { createdAt, id } = guestInvitations;
  const rows = await queries
    .select()
    .from(guestInvitations)
    .where(and(eq(guestInvitations.meetingId, meetingId), beyond(cursor, { at: createdAt, id }, 'ascending')))
    .orderBy(asc(createdAt), asc(id))
    .limit(limit + 1);
  return pageOfRows(rows, limit, (row) => ({ at: row.createdAt, id: row.id }), shown);
}

/** A guest in the call stays there. Rejects with `invitation.not_found`. */
export async function withdrawGuestInvitation(parts: ApiParts, request: FastifyRequest, id: string): Promise<void> {
  await changeMeeting(parts, request, 'invite', async (transaction, { meeting }) => {
    const gone = await transaction
      .delete(guestInvitations)
      .where(and(eq(guestInvitations.id, id), eq(guestInvitations.meetingId, meeting.id)))
      .returning({ id: guestInvitations.id });
    if (gone.length === 0) throw new CodedError('invitation.not_found');
    const event = { action: 'guest-invitation.removed', meetingId: meeting.id, target: id } as const;
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
  });
}

/** Deletes expired ones of the meeting, which is locked against changes. */
async function store(
  transaction: Queries,
  values: typeof guestInvitations.$inferInsert & { createdAt: Date },
): Promise<GuestInvitationRow> {
  const ofMeeting = eq(guestInvitations.meetingId, values.meetingId);
  const past = lte(guestInvitations.expiresAt, values.createdAt);
  await transaction.delete(guestInvitations).where(and(ofMeeting, past));
  const [found] = await transaction.select({ there: count() }).from(guestInvitations).where(ofMeeting);
  if ((found?.there ?? 0) >= MOST_INVITATIONS) throw new CodedError('limit.reached', `${MOST_INVITATIONS} guests`);
  const { tokenHash, waits, expiresAt, createdAt } = values;
  const [made] = await transaction
    .insert(guestInvitations)
    .values(values)
    .onConflictDoUpdate({
      target: [guestInvitations.meetingId, guestInvitations.email],
      set: { tokenHash, waits, expiresAt, createdAt },
    })
    .returning();
  if (!made) throw new Error('no row for an invitation');
  return made;
}

function shown({ id, email, waits, expiresAt, createdAt }: GuestInvitationRow): GuestInvitation {
  return { id, email, waits, expiresAt: expiresAt.toISOString(), createdAt: createdAt.toISOString() };
}

/** Per meeting: as many as fit into a call. */
const MOST_INVITATIONS = 1000;
