import type { Cluster, StreamEntry } from '@waterbus/cluster';
import {
  meetingOfRoom,
  QUALITY_RECORDS_GROUP,
  QUALITY_RECORDS_STREAM,
  type QualityRecord,
  qualityRecordSchema,
} from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import { z } from 'zod';
import type { Queries } from '../database/database.js';
import { meetings, qualityMinutes } from '../database/schema.js';
import { storedRow } from './stored-row.js';

/**
 * Stores the records of call quality (R12): a record that is delivered again changes nothing.
 * `isKept` false: they are read and dropped. The returned function stops it once the current record
 * is stored.
 */
export async function storeQuality(
  cluster: Cluster,
  queries: Queries,
  log: FastifyBaseLogger,
  isKept: boolean,
): Promise<() => Promise<void>> {
  let inFlight: Promise<void> | undefined;
  const stop = await cluster.streams.consume(QUALITY_RECORDS_STREAM, QUALITY_RECORDS_GROUP, (entry) => {
    inFlight = isKept ? storeEntry(queries, entry, log) : Promise.resolve();
    return inFlight;
  });
  return async () => {
    stop();
    await inFlight?.catch(() => {});
  };
}

async function storeEntry(queries: Queries, entry: StreamEntry, log: FastifyBaseLogger): Promise<void> {
  const record = readRecord(entry);
  if (!record) {
    // It would be invalid the next time too, and would block all later entries for ever.
    log.error({ entryId: entry.id }, 'an invalid quality record is dropped');
    return;
  }
  try {
    if (!(await store(queries, record)))
      log.warn({ entryId: entry.id, meetingId: record.roomId }, 'a quality record of an unknown meeting is dropped');
  } catch (error) {
    log.error({ err: error, entryId: entry.id }, 'storing a quality record failed; it is retried');
    throw error;
  }
}

/** False when there is no such meeting. */
function store(queries: Queries, record: QualityRecord): Promise<boolean> {
  return queries.transaction(async (transaction) => {
    const [meeting] = await transaction
      .select({ id: meetings.id })
      .from(meetings)
      .where(eq(meetings.id, meetingOfRoom(record.roomId)))
      .for('key share');
    if (!meeting) return false;
    // A minute of a participant counts once, also if two homes measured it.
    await transaction
      .insert(qualityMinutes)
      .values(record.rows.map((row) => storedRow(record, row)))
      .onConflictDoNothing();
    return true;
  });
}

function readRecord(entry: StreamEntry): QualityRecord | undefined {
  const parsed = qualityRecordSchema.safeParse(entry.body);
  return parsed.success && z.uuid().safeParse(meetingOfRoom(parsed.data.roomId)).success ? parsed.data : undefined;
}
