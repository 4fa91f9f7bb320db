import { breakoutOfRoom, CodedError, type EnteredBreakout, type Role } from '@waterbus/protocol';
import { and, eq } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.js';
import { admit } from '../admission/admit.js';
import { formerRoom, newBreakoutToken } from '../admission/breakout-token.js';
import type { Queries } from '../database/database.js';
import { type AdmissionRow, admissions, type BreakoutsRow, type MeetingRow, meetings } from '../database/schema.js';
import { TOKEN_TOLERANCE } from '../live/live-calls.js';
import { findBreakouts, openOnes } from '../live/open-breakouts.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import { roleNow } from '../participants/protection.js';
import type { ApiParts } from '../parts.js';

interface Wanted {
  breakoutId: string | null;
  breakoutToken?: string | undefined;
}

/**
 * Issues a join token for another room of the call to a participant that is in one of them: it keeps
 * its id, its role and its own grants. Rejects with `breakout.not_found` for a room that is not open,
 * and with `permission.denied` for one that is not this participant's.
 */
export async function enterRoom(parts: ApiParts, request: FastifyRequest, wanted: Wanted): Promise<EnteredBreakout> {
  const participant = participantOf(request);
  const { participantId, meetingId, roomId } = participant;
  const metadata = (await parts.live.room(roomId))?.participants.find(({ id }) => id === participantId)?.metadata;
  const { breakoutId } = wanted;
  const admitted = await parts.queries.transaction(async (transaction) => {
    await lockMeeting(transaction, meetingId, 'share');
    const { meeting, admission } = await stillAdmitted(transaction, participant);
    const role = await roleNow(transaction, meeting, admission);
    const row = openOnes(await findBreakouts(transaction, meetingId), parts.clock.date());
    const assigned = await assignedTo(parts, transaction, { admission, row, wanted });
    if (breakoutId !== null) checkMayEnter(row, breakoutId, { role, assigned });
    await revoke(parts, admission);
    return admit(
      parts,
      transaction,
      meeting,
      { ...admission, participantId, role, breakoutId: breakoutId ?? assigned, ...(metadata && { metadata }) },
      breakoutId ?? undefined,
    );
  });
  if (breakoutOfRoom(roomId) !== (breakoutId ?? undefined)) {
    await parts.live.publish(meetingId, { type: 'breakouts.moved', participantId, breakoutId });
  }
  return { ...admitted, breakoutToken: newBreakoutToken(parts, { participantId, meetingId, breakoutId }) };
}

/** The participant itself asks, with its resume token: no other credential names one of several. */
export function participantOf({ principal }: FastifyRequest): Extract<Principal, { type: 'participant' }> {
  if (principal.type !== 'participant') throw new CodedError('session.not_joined', 'for participants in the call');
  return principal;
}

/** Host and moderators enter every room; others theirs, or any if all choose. */
function checkMayEnter(
  row: BreakoutsRow | undefined,
  breakoutId: string,
  { role, assigned }: { role: Role; assigned: string | null },
): void {
  if (!row?.rooms.some(({ id }) => id === breakoutId)) throw new CodedError('breakout.not_found');
  if (row.choice || role === 'host' || role === 'moderator' || assigned === breakoutId) return;
  throw new CodedError('permission.denied', 'this is not your breakout room');
}

/** The assignment of the participant, or that of the former one of the same client. */
async function assignedTo(
  parts: ApiParts,
  transaction: Queries,
  { admission, row, wanted }: { admission: AdmissionRow; row: BreakoutsRow | undefined; wanted: Wanted },
): Promise<string | null> {
  const { breakoutId, meetingId, userId } = admission;
  if (breakoutId !== null && row?.rooms.some(({ id }) => id === breakoutId)) return breakoutId;
  return (await formerRoom(parts, transaction, { token: wanted.breakoutToken, meetingId, userId }))?.assigned ?? null;
}

/** Locked: of a removal and this, one comes first. */
async function stillAdmitted(
  transaction: Queries,
  { participantId, meetingId }: { participantId: string; meetingId: string },
): Promise<{ meeting: MeetingRow; admission: AdmissionRow }> {
  const [row] = await transaction
    .select({ meeting: meetings, admission: admissions })
    .from(admissions)
    .innerJoin(meetings, eq(meetings.id, admissions.meetingId))
    .where(and(eq(admissions.id, participantId), eq(admissions.meetingId, meetingId)))
    .for('update', { of: admissions });
  if (row?.admission.state !== 'admitted') throw new CodedError('token.invalid');
  if (row.meeting.archivedAt) throw new CodedError('meeting.archived');
  return row;
}

/** Of the tokens of a participant one is valid (R8). */
async function revoke({ cluster }: ApiParts, { tokenId, tokenExpiresAt }: AdmissionRow): Promise<void> {
  if (tokenId && tokenExpiresAt) await cluster.tokens.use(tokenId, tokenExpiresAt.getTime() + TOKEN_TOLERANCE);
}
