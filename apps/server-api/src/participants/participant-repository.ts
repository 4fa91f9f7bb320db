import { leaveReasonSchema } from '@waterbus/protocol';
import { and, eq, isNull, lte, or, type SQL } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { admissions, meetings, type ParticipantRow, participants } from '../database/schema.js';
import { closeRooms } from '../live/open-breakouts.js';
import { raiseActivity } from '../meeting/activity.js';
import { record } from '../webhooks/outbox.js';

type Meeting = { id: string; code: string; owner: string | null };

/** A room of a meeting; `breakoutId` null: the main room. */
type Room = Pick<ParticipantRow, 'meetingId' | 'breakoutId'>;

/**
 * Rows of presences, and the webhook events of joining and leaving, each in the transaction of its
 * row. Every record may be applied twice and counts once (R12). A call starts with its first
 * presence and ends with its last; hidden ones neither start nor end it. A participant that goes to
 * another room of the meeting stays in the call: it is one presence.
 */
export class ParticipantRepository {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** The admission has the user. False when there is no such meeting. */
  async joined(row: Omit<ParticipantRow, 'leftAt' | 'leaveReason' | 'userId' | 'movedAt'>): Promise<boolean> {
    return this.#queries.transaction(async (transaction) => {
      const meeting = await lockCall(transaction, row.meetingId);
      if (!meeting) return false;
      const [admission] = await transaction
        .select({ userId: admissions.userId })
        .from(admissions)
        .where(and(eq(admissions.id, row.id), eq(admissions.meetingId, row.meetingId)));
      const first = !(await anybodyPresent(transaction, row.meetingId));
      const [inserted] = await transaction
        .insert(participants)
        .values({ ...row, userId: admission?.userId ?? null })
        .onConflictDoNothing()
        .returning();
      const entered = inserted ?? (await moved(transaction, row));
      if (!entered) return true;
      const { code, owner } = meeting;
      if (row.hidden) return true;
      if (first) {
        await raiseActivity(transaction, row.meetingId, row.joinedAt);
        await record(transaction, owner, 'meeting.started', { code }, row.joinedAt);
      }
      const data = { code, participant: shown(entered), joinedAt: row.joinedAt.toISOString() };
      await record(transaction, owner, 'participant.joined', data, row.joinedAt);
      return true;
    });
  }

  /** A participant that is in another room of the meeting by then stays in the call. */
  async left(room: Room, participantId: string, leftAt: Date, leaveReason: string): Promise<void> {
    // A late record of an earlier time in this room is none of this one.
    const still = and(inRoom(room), or(isNull(participants.movedAt), lte(participants.movedAt, leftAt)));
    await this.#end(room.meetingId, and(eq(participants.id, participantId), still), leftAt, leaveReason);
  }

  /** Ends the presences of an empty room; later ones belong to another call. */
  async roomEnded(room: Room, endedAt: Date): Promise<void> {
    const seen = and(inRoom(room), cameUntil(endedAt), eq(participants.hidden, false));
    await this.#end(room.meetingId, seen, endedAt, 'room-closed');
  }

  /** Ends every presence: the only server was killed during them. */
  async allLost(at: Date): Promise<void> {
    const calls = await this.#queries
      .selectDistinct({ meetingId: participants.meetingId })
      .from(participants)
      .where(isNull(participants.leftAt));
    for (const { meetingId } of calls) await this.#end(meetingId, undefined, at, 'node-lost');
  }

  async ofMeeting(meetingId: string): Promise<ParticipantRow[]> {
    return this.#queries
      .select()
      .from(participants)
      .where(eq(participants.meetingId, meetingId))
      .orderBy(participants.joinedAt, participants.id);
  }

  async #end(meetingId: string, which: SQL | undefined, leftAt: Date, leaveReason: string): Promise<void> {
    await this.#queries.transaction(async (transaction) => {
      const meeting = await lockCall(transaction, meetingId);
      if (!meeting) return;
      const { code, owner } = meeting;
      const ended = await transaction
        .update(participants)
        .set({ leftAt, leaveReason })
        .where(and(eq(participants.meetingId, meetingId), isNull(participants.leftAt), which))
        .returning();
      const shownOnes = ended.filter((row) => !row.hidden);
      if (shownOnes.length === 0) return;
      const reason = leaveReasonSchema.parse(leaveReason);
      for (const row of shownOnes) {
        const data = { code, participant: shown(row), leftAt: leftAt.toISOString(), reason };
        await record(transaction, owner, 'participant.left', data, leftAt);
      }
      if (await anybodyPresent(transaction, meetingId)) return;
      await closeRooms(transaction, meetingId, leftAt);
      await raiseActivity(transaction, meetingId, leftAt);
      await record(transaction, owner, 'meeting.ended', { code }, leftAt);
    });
  }
}

/**
 * The presence of a participant that was in another room of the meeting before. Undefined when it is
 * in the call all the time, or when the record is a repeated one.
 */
async function moved(
  transaction: Pick<Queries, 'select' | 'update'>,
  {
    id,
    meetingId,
    breakoutId,
    nodeId,
    joinedAt,
  }: Omit<ParticipantRow, 'leftAt' | 'leaveReason' | 'userId' | 'movedAt'>,
): Promise<ParticipantRow | undefined> {
  const [before] = await transaction
    .select()
    .from(participants)
    .where(and(eq(participants.id, id), eq(participants.meetingId, meetingId)));
  if (!before || joinedAt <= (before.movedAt ?? before.joinedAt)) return undefined;
  const [now] = await transaction
    .update(participants)
    .set({ breakoutId, nodeId, movedAt: joinedAt, leftAt: null, leaveReason: null })
    .where(eq(participants.id, id))
    .returning();
  return before.leftAt === null ? undefined : now;
}

function inRoom({ breakoutId }: Room): SQL {
  return breakoutId === null ? isNull(participants.breakoutId) : eq(participants.breakoutId, breakoutId);
}

/** Came into the room in which it is by then. */
function cameUntil(at: Date): SQL | undefined {
  const { joinedAt, movedAt } = participants;
  return or(and(isNull(movedAt), lte(joinedAt, at)), lte(movedAt, at));
}

/**
 * Serializes joins and leaves of a meeting: of the last two participants, neither must see the
 * other as still present.
 */
async function lockCall(transaction: Pick<Queries, 'select'>, meetingId: string): Promise<Meeting | undefined> {
  const [meeting] = await transaction
    .select({ id: meetings.id, code: meetings.code, owner: meetings.owner })
    .from(meetings)
    .where(eq(meetings.id, meetingId))
    .for('no key update');
  return meeting;
}

async function anybodyPresent(transaction: Pick<Queries, 'select'>, meetingId: string): Promise<boolean> {
  const [row] = await transaction
    .select({ id: participants.id })
    .from(participants)
    .where(and(eq(participants.meetingId, meetingId), isNull(participants.leftAt), eq(participants.hidden, false)))
    .limit(1);
  return row !== undefined;
}

function shown({ id, userId, name, role }: ParticipantRow) {
  return { id, userId, name, role };
}
