import { and, eq, gt } from 'drizzle-orm';
import { secretHash } from '../access/secrets.js';
import type { Queries } from '../database/database.js';
import { guestInvitations } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

/**
 * The invitation of a guest into this meeting whose token the joiner holds; undefined: none, or one
 * that was withdrawn or has expired. `transaction` has the meeting locked: a withdrawal comes
 * before or after.
 */
export async function guestInvitationBy(
  { clock }: Pick<ApiParts, 'clock'>,
  transaction: Pick<Queries, 'select'>,
  meetingId: string,
  token: string | undefined,
): Promise<{ waits: boolean } | undefined> {
  if (token === undefined) return undefined;
  const [row] = await transaction
    .select({ waits: guestInvitations.waits })
    .from(guestInvitations)
    .where(
      and(
        eq(guestInvitations.tokenHash, secretHash(token)),
        eq(guestInvitations.meetingId, meetingId),
        gt(guestInvitations.expiresAt, new Date(clock.date())),
      ),
    );
  return row;
}
