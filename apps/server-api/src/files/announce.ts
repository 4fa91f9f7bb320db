import { CodedError, type MessageFile } from '@waterbus/protocol';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { files } from '../database/schema.js';
import type { Author } from '../messages/author.js';
import { shownFile } from '../messages/shown-file.js';
import type { ApiParts } from '../parts.js';
import { fileSettingsOf } from '../storage/file-settings.js';
import { cleanFileName, endOfName } from './file-name.js';

type Parts = Pick<ApiParts, 'queries' | 'clock' | 'options'>;

/** Announces files before their bytes: names and limits are checked, and the place is reserved. */
export class Announcements {
  readonly #parts: Parts;
  #total = { bytes: 0, readAt: Number.NEGATIVE_INFINITY };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Rejects with `file.not_offered`, `file.too_large`, `file.type_refused`, `file.storage_full`, or
   * with `limit.reached` when the sender has many files that were not sent.
   */
  async announce(meetingId: string, author: Author, asked: { name: string; size: number }): Promise<MessageFile> {
    const { queries, clock, options } = this.#parts;
    const { offered, largest, perMeeting, total, types } = fileSettingsOf(options);
    if (!offered) throw new CodedError('file.not_offered');
    const name = cleanFileName(asked.name);
    const { size } = asked;
    if (size > largest) throw new CodedError('file.too_large', `A file has ${largest} bytes or fewer`);
    if (types.length > 0 && !types.includes(endOfName(name))) throw new CodedError('file.type_refused');
    if ((await this.#bytesOfServer()) + size > total) throw new CodedError('file.storage_full', 'On this server');
    const row = await queries.transaction(async (transaction) => {
      // One after the other, so that they do not exceed the limits together.
      await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`files ${meetingId}`}, 0))`);
      const [unsent] = await transaction
        .select({ count: sql<number>`count(*)::integer` })
        .from(files)
        .where(and(eq(files.sender, author.sender), isNull(files.messageId)));
      if ((unsent?.count ?? 0) >= MOST_UNSENT) throw new CodedError('limit.reached', 'Send or discard files first');
      if ((await bytesOf(transaction, meetingId)) + size > perMeeting) {
        throw new CodedError('file.storage_full', 'In this meeting');
      }
      const { sender, userId } = author;
      const values = { meetingId, sender, userId, name, size, createdAt: new Date(clock.date()) };
      const [added] = await transaction.insert(files).values(values).returning();
      return added;
    });
    if (!row) throw new Error('a file was not announced');
    this.#total.bytes += size;
    return shownFile(row);
  }

  /** May lag behind what other servers announced in the meantime. */
  async #bytesOfServer(): Promise<number> {
    const now = this.#parts.clock.date();
    if (now - this.#total.readAt >= TOTAL_KEPT) {
      this.#total = { bytes: (await bytesOfAll(this.#parts.queries)).bytes, readAt: now };
    }
    return this.#total.bytes;
  }
}

/** Of all files, also those that were announced only. */
export async function bytesOfAll(queries: Queries): Promise<{ count: number; bytes: number }> {
  const [row] = await queries.select({ count: sql<string>`count(*)`, bytes: sumOfSizes }).from(files);
  return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
}

async function bytesOf(queries: Queries, meetingId: string): Promise<number> {
  const [row] = await queries.select({ bytes: sumOfSizes }).from(files).where(eq(files.meetingId, meetingId));
  return Number(row?.bytes ?? 0);
}

const sumOfSizes = sql<string>`coalesce(sum(${files.size}), 0)::text`;

/** Of one sender: two full messages. */
const MOST_UNSENT = 20;

/** Milliseconds: the sum reads all rows. */
const TOTAL_KEPT = 30_000;
