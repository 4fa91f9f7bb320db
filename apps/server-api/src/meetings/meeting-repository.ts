import { eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { type MeetingRow, meetings } from '../database/schema.js';

export type NewMeeting = Pick<MeetingRow, 'code' | 'title' | 'passwordHash' | 'hostTokenHash' | 'createdAt'>;

export class MeetingRepository {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Undefined when the code is taken. */
  async insert(meeting: NewMeeting): Promise<MeetingRow | undefined> {
    const rows = await this.#queries
      .insert(meetings)
      .values(meeting)
      .onConflictDoNothing({ target: meetings.code })
      .returning();
    return rows[0];
  }

  async findByCode(code: string): Promise<MeetingRow | undefined> {
    const rows = await this.#queries.select().from(meetings).where(eq(meetings.code, code)).limit(1);
    return rows[0];
  }
}
