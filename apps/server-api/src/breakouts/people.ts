import { type BreakoutPeople, breakoutOfRoom } from '@waterbus/protocol';
import { and, eq, inArray } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { admissions } from '../database/schema.js';
import { findBreakouts, openOnes, shownBreakouts } from '../live/open-breakouts.js';
import type { ApiParts } from '../parts.js';

/** The people of the call by room. Moderators read the assignments too; others know their own. */
export async function peopleByRoom(parts: ApiParts, request: FastifyRequest): Promise<BreakoutPeople> {
  const { access, principal } = request;
  const meetingId = access.meeting.id;
  const now = parts.clock.date();
  const row = openOnes(await findBreakouts(parts.queries, meetingId), now);
  const rooms = await parts.live.rooms(meetingId);
  const ownId = principal.type === 'participant' ? principal.participantId : undefined;
  const mayModerate = access.standing !== 'guest' && access.standing !== 'member';
  const present = rooms.flatMap(({ participants }) => participants.map(({ id }) => id));
  const asked = mayModerate ? present : ownId === undefined ? [] : [ownId];
  const assigned = row ? await assignmentsOf(parts, meetingId, asked) : new Map<string, string | null>();
  const isOpen = (id: string | null | undefined) => (row?.rooms.some((room) => room.id === id) ? id : null) ?? null;
  const peopleOf = (breakoutId: string | undefined) =>
    (rooms.find(({ roomId }) => breakoutOfRoom(roomId) === breakoutId)?.participants ?? []).map(
      ({ id, name, role }) => ({
        ...{ id, name, role },
        ...(mayModerate && { assigned: isOpen(assigned.get(id)) }),
      }),
    );
  return {
    breakouts: row ? shownBreakouts(row, now) : null,
    main: peopleOf(undefined),
    rooms: (row?.rooms ?? []).map(({ id }) => ({ id, people: peopleOf(id) })),
    assigned: ownId === undefined ? null : isOpen(assigned.get(ownId)),
  };
}

async function assignmentsOf({ queries }: ApiParts, meetingId: string, ids: string[]) {
  if (ids.length === 0) return new Map<string, string | null>();
  const rows = await queries
    .select({ id: admissions.id, breakoutId: admissions.breakoutId })
    .from(admissions)
    .where(and(eq(admissions.meetingId, meetingId), inArray(admissions.id, ids)));
  return new Map(rows.map(({ id, breakoutId }) => [id, breakoutId]));
}
