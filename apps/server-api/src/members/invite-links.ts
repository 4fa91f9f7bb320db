import { CodedError, type InviteLink, type Page } from '@waterbus/protocol';
import { and, asc, count, eq, lte } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { newSecret } from '../access/secrets.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { type InviteLinkRow, inviteLinks } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import type { ApiParts } from '../parts.js';
import { checkRank } from './rank.js';

export interface NewInviteLink {
  role: InviteLinkRow['role'];
  maxUses?: number | undefined;
  /** Seconds. */
  expiresIn: number;
}

/** Rejects with `limit.reached` when the meeting has too many. Deletes expired ones. */
export async function createInviteLink(
  parts: ApiParts,
  request: FastifyRequest,
  { role, maxUses, expiresIn }: NewInviteLink,
): Promise<{ link: InviteLink; invitationToken: string }> {
  await parts.limits.countBy('invite', request.access.meeting.id);
  const { secret, hash } = newSecret();
  const now = parts.clock.date();
  const link = await changeMeeting(parts, request, 'invite', async (transaction, { meeting, standing }) => {
    checkRank(standing, role);
    const ofMeeting = eq(inviteLinks.meetingId, meeting.id);
    await transaction.delete(inviteLinks).where(and(ofMeeting, lte(inviteLinks.expiresAt, new Date(now))));
    const [row] = await transaction.select({ there: count() }).from(inviteLinks).where(ofMeeting);
    if ((row?.there ?? 0) >= MOST_LINKS) throw new CodedError('limit.reached', `${MOST_LINKS} invite links`);
    const [made] = await transaction
      .insert(inviteLinks)
      .values({
        meetingId: meeting.id,
        tokenHash: hash,
        role,
        maxUses,
        expiresAt: new Date(now + expiresIn * 1000),
        createdAt: new Date(now),
      })
      .returning();
    if (!made) throw new Error('no row for an invite link');
    const event = { action: 'invite-link.created', meetingId: meeting.id, target: made.id } as const;
    await audit(transaction, actorOf(request), new Date(now), { ...event, details: { role } });
    return made;
  });
  return { link: shownLink(link), invitationToken: secret };
}

export async function inviteLinksOf(
  queries: Queries,
  meetingId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<InviteLink>> {
  const rows = await queries
    .select()
    .from(inviteLinks)
    .where(
      and(
        eq(inviteLinks.meetingId, meetingId),
        beyond(cursor, { at: inviteLinks.createdAt, id: inviteLinks.id }, 'ascending'),
      ),
    )
    .orderBy(asc(inviteLinks.createdAt), asc(inviteLinks.id))
    .limit(limit + 1);
  return pageOfRows(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }), shownLink);
}

export async function deleteInviteLink(parts: ApiParts, request: FastifyRequest, id: string): Promise<void> {
  await changeMeeting(parts, request, 'invite', async (transaction, { meeting, standing }) => {
    const which = and(eq(inviteLinks.id, id), eq(inviteLinks.meetingId, meeting.id));
    const [row] = await transaction.select({ role: inviteLinks.role }).from(inviteLinks).where(which);
    if (!row) throw new CodedError('invitation.not_found');
    checkRank(standing, row.role);
    await transaction.delete(inviteLinks).where(which);
    const event = { action: 'invite-link.removed', meetingId: meeting.id, target: id } as const;
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
  });
}

function shownLink(row: InviteLinkRow): InviteLink {
  const { id, role, uses, maxUses, expiresAt, createdAt } = row;
  return { id, role, uses, maxUses, expiresAt: expiresAt.toISOString(), createdAt: createdAt.toISOString() };
}

/** Per meeting: far more than anybody needs. */
const MOST_LINKS = 200;
