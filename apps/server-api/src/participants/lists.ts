import type { LiveParticipant, Page, PageQuery, Presence, RoomSnapshot } from '@waterbus/protocol';
import { breakoutOfRoom, leaveReasonSchema } from '@waterbus/protocol';
import { and, desc, eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type ParticipantRow, participants } from '../database/schema.js';
import { beyond, pageOfRows, readCursor } from '../http/paging.js';

/**
 * The participants in the rooms of the call now, in the order of joining. A snapshot never contains
 * hidden ones.
 */
export function livePage(rooms: RoomSnapshot[], { cursor, limit }: PageQuery): Page<LiveParticipant> {
  const from = readCursor(cursor);
  const rest = rooms
    .flatMap(({ roomId, participants }) => {
      const breakoutId = breakoutOfRoom(roomId);
      return participants.map((participant) => ({ ...participant, ...(breakoutId !== undefined && { breakoutId }) }));
    })
    .filter(
      ({ joinedAt, id }) => !from || joinedAt > from.at.getTime() || (joinedAt === from.at.getTime() && id > from.id),
    )
    .sort((a, b) => a.joinedAt - b.joinedAt || (a.id < b.id ? -1 : 1));
  return pageOfRows(
    rest.slice(0, limit + 1),
    limit,
    ({ joinedAt, id }) => ({ at: new Date(joinedAt), id }),
    ({ producers, ...participant }) => ({
      ...participant,
      producers: producers.map(({ source, paused }) => ({ source, paused })),
    }),
  );
}

/** Presences, newest first. */
export async function listPresences(
  queries: Queries,
  meetingId: string,
  { cursor, limit }: PageQuery,
  options: { hiddenToo: boolean },
): Promise<Page<Presence>> {
  const rows = await queries
    .select()
    .from(participants)
    .where(
      and(
        eq(participants.meetingId, meetingId),
        options.hiddenToo ? undefined : eq(participants.hidden, false),
        beyond(cursor, { at: participants.joinedAt, id: participants.id }, 'descending'),
      ),
    )
    .orderBy(desc(participants.joinedAt), desc(participants.id))
    .limit(limit + 1);
  return pageOfRows(rows, limit, ({ joinedAt, id }) => ({ at: joinedAt, id }), shownPresence);
}

function shownPresence({ id, userId, name, role, joinedAt, leftAt, leaveReason }: ParticipantRow): Presence {
  return {
    id,
    userId,
    name,
    role,
    joinedAt: joinedAt.toISOString(),
    leftAt: leftAt?.toISOString() ?? null,
    leaveReason: leaveReason === null ? null : leaveReasonSchema.parse(leaveReason),
  };
}
