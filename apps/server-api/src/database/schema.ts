import { index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Accounts, members, messages and API keys come to stand beside these by migration. */

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

export const meetings = pgTable('meetings', {
  /** Also the id of the meeting's room. */
  id: uuid('id').primaryKey().defaultRandom(),
  code: text('code').notNull().unique(),
  title: text('title').notNull(),
  /** argon2id in PHC string format; null: no password. */
  passwordHash: text('password_hash'),
  /** SHA-256 of the host token, base64url. */
  hostTokenHash: text('host_token_hash').notNull(),
  createdAt: moment('created_at').notNull(),
  /** Set: the meeting takes no call and no message any more (M4). */
  archivedAt: moment('archived_at'),
});

/** One row for one presence in a call. */
export const participants = pgTable(
  'participants',
  {
    /** The id that the join token gave (R8). */
    id: text('id').primaryKey(),
    meetingId: uuid('meeting_id')
      .notNull()
      .references(() => meetings.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    role: text('role', { enum: ['host', 'moderator', 'member', 'guest'] }).notNull(),
    /** The home node when the participant came. */
    nodeId: text('node_id').notNull(),
    joinedAt: moment('joined_at').notNull(),
    leftAt: moment('left_at'),
    leaveReason: text('leave_reason'),
  },
  (table) => [index('participants_meeting_id_joined_at').on(table.meetingId, table.joinedAt)],
);

export type MeetingRow = typeof meetings.$inferSelect;
export type ParticipantRow = typeof participants.$inferSelect;
