import { breakoutRoomId } from '@waterbus/protocol';
import { and, eq, isNull, lte } from 'drizzle-orm';
import { audit, serverItself } from '../audit/audit-log.js';
import { type BreakoutsRow, breakouts } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

type Parts = Pick<ApiParts, 'queries' | 'clock' | 'cluster' | 'live' | 'log'>;

/**
 * Closes the rooms whose time is over, and removes participants that have not left rooms that were
 * closed `LEAVING_TIME` ago. Several servers may do so at once: each room is closed, and announced,
 * by one of them.
 */
export async function endDueRooms(parts: Parts): Promise<void> {
  const { queries, clock, live } = parts;
  const now = new Date(clock.date());
  const over = await queries.transaction(async (transaction) => {
    const rows = await transaction
      .update(breakouts)
      .set({ closedAt: now })
      .where(and(isNull(breakouts.closedAt), lte(breakouts.endsAt, now)))
      .returning({ meetingId: breakouts.meetingId });
    for (const { meetingId } of rows) {
      const event = { action: 'breakouts.closed', meetingId, details: { because: 'time' } } as const;
      await audit(transaction, serverItself, now, event);
    }
    return rows;
  });
  for (const { meetingId } of over) await live.publish(meetingId, { type: 'breakouts.changed', breakouts: null });
  const left = await queries
    .select()
    .from(breakouts)
    .where(lte(breakouts.closedAt, new Date(now.getTime() - LEAVING_TIME)));
  for (const row of left) await clearRooms(parts, row);
}

/** Removes those that are still in the rooms, and forgets the rooms. */
export async function clearRooms(parts: Parts, row: BreakoutsRow): Promise<void> {
  const { queries, cluster, live } = parts;
  const { meetingId, openedAt } = row;
  for (const { id } of row.rooms) {
    const roomId = breakoutRoomId(meetingId, id);
    const homes = await cluster.rooms.homes(roomId);
    const remove = ({ participantId }: { participantId: string }) =>
      live.commandIn(roomId, { type: 'remove', participantId, reason: 'room-closed', returns: true });
    for (const result of await Promise.allSettled(homes.map(remove))) {
      if (result.status === 'fulfilled') continue;
      parts.log.warn({ meetingId: roomId, err: result.reason }, 'a closed breakout room was not left');
    }
  }
  // Not of other rooms that were opened since.
  const same = and(eq(breakouts.meetingId, meetingId), eq(breakouts.openedAt, openedAt));
  await queries.delete(breakouts).where(same);
}

/** Milliseconds after the end of the rooms in which clients go back by themselves. */
export const LEAVING_TIME = 20_000;
