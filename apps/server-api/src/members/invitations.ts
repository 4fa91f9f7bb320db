import { CodedError, type Invitation, type Page } from '@waterbus/protocol';
import { and, desc, eq, gt, isNotNull, isNull, not, type SQL, sql } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { bannedUser } from '../access/banned.js';
import { secretHash } from '../access/secrets.js';
import { actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { inviteLinks, meetings, members, users } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import type { ApiParts } from '../parts.js';

/** An invitation to accept: an invited member, or a link. */
export type Invited = { meetingId: string } & ({ memberId: string } | { linkId: string });

/** Invitations to the verified address of a user, the newest first. */
export async function invitationsTo(
  queries: Queries,
  userId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Invitation>> {
  // A constant for the planner, unlike the column of a join: it reads the index in its order, and
  // one page of it.
  const address = sql`(${queries.select({ email: users.email }).from(users).where(verified(userId))})`;
  const rows = await queries
    .select({
      id: members.id,
      role: members.role,
      createdAt: members.createdAt,
      meeting: { code: meetings.code, title: meetings.title },
    })
    .from(members)
    .innerJoin(meetings, and(eq(meetings.id, members.meetingId), isNull(meetings.archivedAt)))
    .where(
      and(
        eq(members.email, address),
        eq(members.state, 'invited'),
        not(bannedUser(userId)),
        beyond(cursor, { at: members.createdAt, id: members.id }, 'descending'),
      ),
    )
    .orderBy(desc(members.createdAt), desc(members.id))
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    ({ createdAt, id }) => ({ at: createdAt, id }),
    (row) => ({ ...row, createdAt: row.createdAt.toISOString() }),
  );
}

/** Rejects with `invitation.not_found` unless it was sent to the verified address of the user. */
export async function invitationTo(queries: Queries, userId: string, memberId: string): Promise<Invited> {
  const [row] = await queries
    .select({ memberId: members.id, meetingId: members.meetingId })
    .from(members)
    .innerJoin(users, and(eq(users.email, members.email), verified(userId)))
    .where(and(eq(members.id, memberId), eq(members.state, 'invited')));
  if (!row) throw new CodedError('invitation.not_found');
  return row;
}

/** The holder of the token was invited. Rejects with `invitation.not_found`. */
export async function invitationBy(
  { queries, clock }: Pick<ApiParts, 'queries' | 'clock'>,
  token: string,
): Promise<Invited> {
  const hash = secretHash(token);
  const [member] = await queries
    .select({ memberId: members.id, meetingId: members.meetingId })
    .from(members)
    .where(and(eq(members.tokenHash, hash), eq(members.state, 'invited')));
  if (member) return member;
  const [link] = await queries
    .select({ linkId: inviteLinks.id, meetingId: inviteLinks.meetingId })
    .from(inviteLinks)
    .where(and(eq(inviteLinks.tokenHash, hash), gt(inviteLinks.expiresAt, new Date(clock.date()))));
  if (!link) throw new CodedError('invitation.not_found');
  return link;
}

/** Withdraws the invitation of an address; a link stays, since it is for others too. */
export async function decline(parts: ApiParts, request: FastifyRequest, invited: Invited): Promise<void> {
  if (!('memberId' in invited)) return;
  const { meetingId, memberId } = invited;
  await parts.queries.transaction(async (transaction) => {
    await lockMeeting(transaction, meetingId, 'share');
    const gone = await transaction
      .delete(members)
      .where(and(eq(members.id, memberId), eq(members.state, 'invited')))
      .returning({ id: members.id });
    if (gone.length === 0) throw new CodedError('invitation.not_found');
    const event = { action: 'invitation.declined', meetingId, target: memberId } as const;
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), event);
  });
  await parts.live.publish(invited.meetingId, { type: 'members.changed' });
}

function verified(userId: string): SQL | undefined {
  return and(eq(users.id, userId), isNotNull(users.emailVerifiedAt));
}
