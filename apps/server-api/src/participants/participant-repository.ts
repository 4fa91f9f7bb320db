import { and, eq, isNull, lte } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { meetings, type ParticipantRow, participants } from '../database/schema.js';

/** Rows of presences. Everything may be applied twice and counts once (R12). */
export class ParticipantRepository {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** False when there is no such meeting. */
  async joined(row: Omit<ParticipantRow, 'leftAt' | 'leaveReason' | 'userId'>): Promise<boolean> {
    return this.#queries.transaction(async (transaction) => {
      const known = await transaction
        .select({ id: meetings.id })
        .from(meetings)
        .where(eq(meetings.id, row.meetingId))
        .for('key share');
      if (known.length === 0) return false;
      await transaction.insert(participants).values(row).onConflictDoNothing();
      return true;
    });
  }

  async left(participantId: string, leftAt: Date, leaveReason: string): Promise<void> {
    await this.#queries
      .update(participants)
      .set({ leftAt, leaveReason })
      .where(and(eq(participants.id, participantId), isNull(participants.leftAt)));
  }

  /** Ends the presences of a room that nobody is in any more; those who came later are another call. */
  async roomEnded(meetingId: string, endedAt: Date): Promise<void> {
    await this.#queries
      .update(participants)
      .set({ leftAt: endedAt, leaveReason: 'room-closed' })
      .where(
        and(eq(participants.meetingId, meetingId), isNull(participants.leftAt), lte(participants.joinedAt, endedAt)),
      );
  }

  /** Ends every presence: the only server was killed while they lasted. */
  async allLost(at: Date): Promise<void> {
    await this.#queries
      .update(participants)
      .set({ leftAt: at, leaveReason: 'node-lost' })
      .where(isNull(participants.leftAt));
  }

  async ofMeeting(meetingId: string): Promise<ParticipantRow[]> {
    return this.#queries
      .select()
      .from(participants)
      .where(eq(participants.meetingId, meetingId))
      .orderBy(participants.joinedAt, participants.id);
  }
}
