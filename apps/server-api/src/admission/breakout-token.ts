import { breakoutOfRoom } from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions } from '../database/schema.js';
import { findBreakouts, openOnes } from '../live/open-breakouts.js';
import type { ApiParts } from '../parts.js';

/** `aud` of the token with which a client returns to the breakout room of its former participant. */
const BREAKOUT_AUDIENCE = 'waterbus:breakout';

/** Seconds: a day of one call, as for a resume token. */
const BREAKOUT_LIFETIME = 86_400;

/** The breakout room of a former participant. */
export interface FormerRoom {
  /** To which it is assigned. */
  assigned: string;
  /** In which it was; undefined: the main room. */
  was: string | undefined;
}

/** `breakoutId` null: the participant has gone back to the main room. */
export function newBreakoutToken(
  parts: Pick<ApiParts, 'tokens'>,
  of: { participantId: string; meetingId: string; breakoutId: string | null },
): string {
  const { participantId, meetingId, breakoutId } = of;
  return parts.tokens.sign(BREAKOUT_AUDIENCE, { sub: participantId, meetingId, breakoutId }, BREAKOUT_LIFETIME);
}

/**
 * Undefined unless the token names a participant of the same person that is still assigned to an open
 * room: not one that was removed or banned, or whose rooms are closed.
 */
export async function formerRoom(
  parts: Pick<ApiParts, 'tokens' | 'clock'>,
  transaction: Pick<Queries, '_' | 'select'>,
  { token, meetingId, userId }: { token: string | undefined; meetingId: string; userId: string | null },
): Promise<FormerRoom | undefined> {
  const claims = token === undefined ? undefined : claimsOf(parts, token);
  if (claims?.meetingId !== meetingId) return undefined;
  const row = openOnes(await findBreakouts(transaction, meetingId), parts.clock.date());
  const [former] = await transaction
    .select({ breakoutId: admissions.breakoutId })
    .from(admissions)
    .where(
      and(
        eq(admissions.id, String(claims.sub)),
        eq(admissions.meetingId, meetingId),
        eq(admissions.state, 'admitted'),
        userId === null ? isNull(admissions.userId) : eq(admissions.userId, userId),
      ),
    );
  const assigned = former?.breakoutId ?? undefined;
  if (assigned === undefined || !row?.rooms.some(({ id }) => id === assigned)) return undefined;
  return { assigned, was: claims.breakoutId === assigned ? assigned : undefined };
}

/** The open breakout room in which one of these participants is now. */
export async function presentRoom(
  parts: Pick<ApiParts, 'live' | 'clock'>,
  transaction: Pick<Queries, '_'>,
  meetingId: string,
  participantIds: readonly string[],
): Promise<FormerRoom | undefined> {
  if (participantIds.length === 0) return undefined;
  const row = openOnes(await findBreakouts(transaction, meetingId), parts.clock.date());
  if (!row) return undefined;
  const rooms = await parts.live.rooms(meetingId, transaction);
  const found = rooms.find(({ participants }) => participants.some(({ id }) => participantIds.includes(id)));
  const breakoutId = found && breakoutOfRoom(found.roomId);
  const isOpen = row.rooms.some(({ id }) => id === breakoutId);
  return breakoutId !== undefined && isOpen ? { assigned: breakoutId, was: breakoutId } : undefined;
}

function claimsOf({ tokens }: Pick<ApiParts, 'tokens'>, token: string) {
  try {
    return tokens.read(token, BREAKOUT_AUDIENCE);
  } catch {
    // As without one: the person comes into the main room.
    return undefined;
  }
}
