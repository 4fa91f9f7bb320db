import type { Clock } from '@waterbus/cluster';
import type { Role } from '@waterbus/protocol';
import { and, eq, gt, inArray, or, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions, meetings } from '../database/schema.js';
import { grantsOf } from '../meeting/grants.js';
import { settingsOf } from '../meeting/settings.js';
import { type LiveCalls, TOKEN_TOLERANCE } from './live-calls.js';

interface Parts {
  queries: Queries;
  clock: Clock;
  live: LiveCalls;
}

/** Stores the new role of a user in the call; `enforceRights` then notifies the call. */
export async function setRole(transaction: Queries, meetingId: string, userId: string, role: Role): Promise<void> {
  await transaction
    .update(admissions)
    .set({ role })
    .where(and(ofUser(meetingId, userId), inArray(admissions.state, ['waiting', 'admitted'])));
}

/** Invalidates a user's places in the call and requests for one; `expel` then ends them. */
export async function removeAdmissions(transaction: Queries, meetingId: string, userId: string): Promise<void> {
  await transaction
    .update(admissions)
    .set({ state: 'removed' })
    .where(and(ofUser(meetingId, userId), inArray(admissions.state, ['waiting', 'admitted'])));
}

/**
 * Applies the current rights by role, settings and own grants to those in the call, and to those
 * about to join (R7). Call it after the commit (R5). `userId`: only this user's.
 */
export async function enforceRights(parts: Parts, meetingId: string, userId?: string): Promise<void> {
  const concerned = userId === undefined ? undefined : eq(admissions.userId, userId);
  const whom = and(eq(admissions.state, 'admitted'), concerned);
  const commanded = new Map<string, string>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const rows = await inCallOrComing(parts, meetingId, whom);
    const changed = rows
      .map(({ id: participantId, role, ownGrants, settings, coming }) => {
        const grants = grantsOf(role, settingsOf({ settings }), ownGrants);
        return { coming, command: { type: 'update' as const, participantId, role, grants } };
      })
      // Participants that joined since have the new rights already.
      .filter(({ command }) => round === 0 || commanded.has(command.participantId))
      .filter(({ command }) => commanded.get(command.participantId) !== JSON.stringify(command));
    if (changed.length === 0) return;
    await Promise.all(
      changed.map(({ coming, command }) => {
        commanded.set(command.participantId, JSON.stringify(command));
        return coming ? parts.live.revokeAndCommand(meetingId, command) : parts.live.command(meetingId, command);
      }),
    );
    // Another change may have been sent during this one: so read the rights again.
  }
}

/** Ends a user's places in the call (R8), after the commit of `removeAdmissions`. */
export async function expel(parts: Parts, meetingId: string, userId: string): Promise<void> {
  await remove(parts, meetingId, await inCallOrComing(parts, meetingId, eq(admissions.userId, userId)), 'kicked');
}

/** Ends the call for everybody. */
export async function expelAll(parts: Parts, meetingId: string): Promise<void> {
  const rows = await inCallOrComing(parts, meetingId);
  const known = new Set(rows.map(({ id }) => id));
  // A participant whose row is already deleted still has a place.
  const others = (await parts.live.participantIds(meetingId)).filter((id) => !known.has(id));
  await remove(parts, meetingId, [...rows, ...others.map((id) => ({ id, coming: false }))], 'room-closed');
}

async function remove(
  parts: Parts,
  meetingId: string,
  whom: { id: string; coming: boolean }[],
  reason: 'kicked' | 'room-closed',
): Promise<void> {
  await Promise.all(
    whom.map(({ id: participantId, coming }) => {
      const command = { type: 'remove' as const, participantId, reason };
      return coming ? parts.live.revokeAndCommand(meetingId, command) : parts.live.command(meetingId, command);
    }),
  );
}

/** `coming`: holds a join token, used or not, that may bring them into the call any moment. */
async function inCallOrComing(parts: Parts, meetingId: string, whom?: SQL) {
  const present = await parts.live.participantIds(meetingId);
  const since = new Date(parts.clock.date() - TOKEN_TOLERANCE);
  const rows = await parts.queries
    .select({
      id: admissions.id,
      role: admissions.role,
      ownGrants: admissions.ownGrants,
      tokenExpiresAt: admissions.tokenExpiresAt,
      settings: meetings.settings,
    })
    .from(admissions)
    .innerJoin(meetings, eq(meetings.id, admissions.meetingId))
    .where(
      and(
        eq(admissions.meetingId, meetingId),
        or(gt(admissions.tokenExpiresAt, since), inArray(admissions.id, present)),
        whom,
      ),
    );
  return rows.map((row) => ({ ...row, coming: row.tokenExpiresAt !== null && row.tokenExpiresAt > since }));
}

function ofUser(meetingId: string, userId: string): SQL | undefined {
  return and(eq(admissions.meetingId, meetingId), eq(admissions.userId, userId));
}

/** People change rights: nobody is faster than this number of rounds. */
const MOST_ROUNDS = 5;
