import { randomBytes, randomUUID } from 'node:crypto';
import {
  type Assignments,
  type Breakouts,
  breakoutOfRoom,
  CodedError,
  MOST_ASSIGNMENTS,
  type OpenBreakoutsRequest,
  type UpdateBreakoutsRequest,
} from '@waterbus/protocol';
import { and, eq, inArray } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { changeMeeting } from '../access/change-meeting.js';
import { type AuditEvent, actorOf, audit } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { admissions, type BreakoutsRow, breakouts } from '../database/schema.js';
import { closeRooms, findBreakouts, openOnes, shownBreakouts } from '../live/open-breakouts.js';
import type { ApiParts } from '../parts.js';
import { clearRooms } from './closing.js';
import type { Countdown } from './countdown.js';
import { participantOf } from './enter-room.js';

/** Rejects with `breakout.open` while the meeting has breakout rooms. */
export async function openRooms(
  parts: ApiParts,
  countdown: Countdown,
  request: FastifyRequest,
  { rooms: wanted, choice = false, endsIn }: OpenBreakoutsRequest,
): Promise<Breakouts> {
  const { meeting } = request.access;
  const now = parts.clock.date();
  const rooms = wanted.map(({ name }) => ({ id: randomBytes(6).toString('hex'), name }));
  const assignments: Assignments = {};
  for (const [index, { participantIds = [] }] of wanted.entries()) {
    for (const id of participantIds) assignments[id] = rooms[index]?.id ?? null;
  }
  // Somebody may still be in rooms that were closed a moment ago.
  const former = await findBreakouts(parts.queries, meeting.id);
  if (former && !openOnes(former, now)) await clearRooms(parts, former);
  const row = await changeMeeting(parts, request, 'moderate', async (transaction) => {
    const values = { rooms, choice, openedAt: new Date(now), endsAt: endOf(now, endsIn), closedAt: null };
    const [inserted] = await transaction
      .insert(breakouts)
      .values({ ...values, meetingId: meeting.id })
      .onConflictDoNothing()
      .returning();
    if (!inserted) throw new CodedError('breakout.open');
    await storeAssignments(transaction, meeting.id, assignments);
    const event = { action: 'breakouts.opened', meetingId: meeting.id, details: { choice } } as const;
    await audit(transaction, actorOf(request), new Date(now), event);
    return inserted;
  });
  await announce(parts, countdown, row);
  await announceAssignments(parts, meeting.id, assignments);
  return shownBreakouts(row, parts.clock.date());
}

/** Sets the end, or whether participants choose. */
export async function updateRooms(
  parts: ApiParts,
  countdown: Countdown,
  request: FastifyRequest,
  { endsIn, choice }: UpdateBreakoutsRequest,
): Promise<Breakouts> {
  const { id } = request.access.meeting;
  const now = parts.clock.date();
  const row = await changeMeeting(parts, request, 'moderate', async (transaction) => {
    const current = await openRow(parts, transaction, id);
    const change = {
      choice: choice ?? current.choice,
      endsAt: endsIn === undefined ? current.endsAt : endOf(now, endsIn ?? undefined),
    };
    await transaction.update(breakouts).set(change).where(eq(breakouts.meetingId, id));
    const fields = [
      ...(endsIn === undefined ? [] : (['endsIn'] as const)),
      ...(choice === undefined ? [] : (['choice'] as const)),
    ];
    const event = { action: 'breakouts.changed', meetingId: id, details: { fields } } as const;
    await audit(transaction, actorOf(request), new Date(now), event);
    return { ...current, ...change };
  });
  await announce(parts, countdown, row);
  return shownBreakouts(row, parts.clock.date());
}

/** Moves participants: their clients go there when they receive the event. */
export async function assign(parts: ApiParts, request: FastifyRequest, assignments: Assignments): Promise<void> {
  const { id } = request.access.meeting;
  await changeMeeting(parts, request, 'moderate', async (transaction) => {
    const { rooms } = await openRow(parts, transaction, id);
    const isKnown = (breakoutId: string | null) => breakoutId === null || rooms.some((room) => room.id === breakoutId);
    if (!Object.values(assignments).every(isKnown)) throw new CodedError('breakout.not_found');
    await storeAssignments(transaction, id, assignments);
    await audit(transaction, actorOf(request), new Date(parts.clock.date()), assigned(id, assignments));
  });
  await announceAssignments(parts, id, assignments);
}

/** A repetition changes nothing. */
export async function close(parts: ApiParts, request: FastifyRequest): Promise<void> {
  const { id } = request.access.meeting;
  const isClosed = await changeMeeting(parts, request, 'moderate', async (transaction) => {
    const at = new Date(parts.clock.date());
    if (!(await closeRooms(transaction, id, at))) return false;
    const event = { action: 'breakouts.closed', meetingId: id, details: { because: 'asked' } } as const;
    await audit(transaction, actorOf(request), at, event);
    return true;
  });
  if (isClosed) await parts.live.publish(id, { type: 'breakouts.changed', breakouts: null });
}

/** To everybody in all rooms. */
export async function broadcast(parts: ApiParts, request: FastifyRequest, text: string): Promise<void> {
  const { access, principal } = request;
  const { id } = access.meeting;
  await parts.limits.countBy('message', `breakouts ${id}`);
  await openRow(parts, parts.queries, id);
  const name = principal.type === 'participant' ? await nameOf(parts, principal.participantId) : access.meeting.title;
  await parts.live.publish(id, { type: 'breakouts.message', id: randomUUID(), name, text });
}

/** Notifies the moderators in every room. */
export async function askForHelp(parts: ApiParts, request: FastifyRequest): Promise<void> {
  const { participantId, meetingId, roomId } = participantOf(request);
  await parts.limits.countBy('message', participantId);
  const breakoutId = breakoutOfRoom(roomId);
  const { rooms } = await openRow(parts, parts.queries, meetingId);
  if (breakoutId === undefined || !rooms.some(({ id }) => id === breakoutId))
    throw new CodedError('breakout.not_found');
  const name = await nameOf(parts, participantId);
  await parts.live.publish(meetingId, { type: 'breakouts.help', id: randomUUID(), participantId, name, breakoutId });
}

async function openRow(parts: ApiParts, queries: Pick<Queries, '_'>, meetingId: string): Promise<BreakoutsRow> {
  const row = openOnes(await findBreakouts(queries, meetingId), parts.clock.date());
  if (!row) throw new CodedError('breakout.not_found');
  return row;
}

async function nameOf({ queries }: ApiParts, participantId: string): Promise<string> {
  const [row] = await queries
    .select({ name: admissions.name })
    .from(admissions)
    .where(eq(admissions.id, participantId));
  if (!row) throw new CodedError('participant.not_found');
  return row.name;
}

/** Of participants of this meeting only; others are ignored, and those that have left. */
async function storeAssignments(transaction: Queries, meetingId: string, assignments: Assignments): Promise<void> {
  const byRoom = new Map<string | null, string[]>();
  for (const [id, breakoutId] of Object.entries(assignments)) {
    byRoom.set(breakoutId, [...(byRoom.get(breakoutId) ?? []), id]);
  }
  for (const [breakoutId, ids] of byRoom) {
    await transaction
      .update(admissions)
      .set({ breakoutId })
      .where(and(eq(admissions.meetingId, meetingId), inArray(admissions.id, ids)));
  }
}

async function announce(parts: ApiParts, countdown: Countdown, row: BreakoutsRow): Promise<void> {
  countdown.expect(row.endsAt);
  const shown = shownBreakouts(row, parts.clock.date());
  await parts.live.publish(row.meetingId, { type: 'breakouts.changed', breakouts: shown });
}

async function announceAssignments(parts: ApiParts, meetingId: string, assignments: Assignments): Promise<void> {
  const entries = Object.entries(assignments);
  for (let first = 0; first < entries.length; first += MOST_ASSIGNMENTS) {
    const some = Object.fromEntries(entries.slice(first, first + MOST_ASSIGNMENTS));
    await parts.live.publish(meetingId, { type: 'breakouts.assigned', assignments: some });
  }
}

function assigned(meetingId: string, assignments: Assignments): AuditEvent {
  const ids = Object.keys(assignments);
  const rooms = [...new Set(Object.values(assignments).map((id) => id ?? 'main'))].slice(0, MOST_NOTED);
  const target = ids.length === 1 ? { target: ids[0]! } : {};
  return { action: 'breakouts.assigned', meetingId, ...target, details: { rooms } };
}

/** Rooms of one entry of the audit log, as its schema permits. */
const MOST_NOTED = 16;

function endOf(now: number, endsIn: number | undefined): Date | null {
  return endsIn === undefined ? null : new Date(now + endsIn * 1000);
}
