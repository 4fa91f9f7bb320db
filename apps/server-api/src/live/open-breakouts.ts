import { type Breakouts, breakoutRoomId } from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type BreakoutsRow, breakouts } from '../database/schema.js';
import { statement } from '../database/statement.js';

/** The breakout rooms of a meeting, open ones or ones that people are leaving; undefined: none. */
export async function findBreakouts(queries: Pick<Queries, '_'>, meetingId: string): Promise<BreakoutsRow | undefined> {
  return (await byMeeting(queries, { meetingId }))[0];
}

/** Those that may be entered now; undefined: none. */
export function openOnes(row: BreakoutsRow | undefined, now: number): BreakoutsRow | undefined {
  const isOpen = row && row.closedAt === null && (row.endsAt === null || row.endsAt.getTime() > now);
  return isOpen ? row : undefined;
}

/** For clients. */
export function shownBreakouts({ rooms, choice, openedAt, endsAt }: BreakoutsRow, now: number): Breakouts {
  return {
    rooms,
    choice,
    openedAt: openedAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    now: new Date(now).toISOString(),
  };
}

/** Nobody enters from now on. False when they were closed before. */
export async function closeRooms(transaction: Pick<Queries, 'update'>, meetingId: string, at: Date): Promise<boolean> {
  const rows = await transaction
    .update(breakouts)
    .set({ closedAt: at })
    .where(and(eq(breakouts.meetingId, meetingId), isNull(breakouts.closedAt)))
    .returning({ meetingId: breakouts.meetingId });
  return rows.length > 0;
}

/** The ids of the live rooms in which participants of the meeting may be: the main room first. */
export async function roomIdsOf(queries: Pick<Queries, '_'>, meetingId: string): Promise<string[]> {
  const row = await findBreakouts(queries, meetingId);
  return [meetingId, ...(row?.rooms ?? []).map(({ id }) => breakoutRoomId(meetingId, id))];
}

const byMeeting = statement<{ meetingId: string }, BreakoutsRow[]>((queries, value) =>
  queries
    .select()
    .from(breakouts)
    .where(eq(breakouts.meetingId, value('meetingId'))),
);
