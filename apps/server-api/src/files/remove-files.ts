import { and, eq, isNull, lt, or } from 'drizzle-orm';
import { files } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import type { ObjectStorage } from '../storage/object-storage.js';
import { objectsOf } from './open-files.js';

type Parts = Pick<ApiParts, 'queries' | 'clock' | 'log'>;

/**
 * Deletes the bytes, and then the rows, of files whose message or meeting was deleted, and of those
 * that were not sent within a day. Several servers may do so at once. The returned function stops
 * it, and resolves when the last step is done.
 */
export function startRemovingFiles(parts: Parts, storage: ObjectStorage): () => Promise<void> {
  const { clock, log } = parts;
  let stopped = false;
  let removing: Promise<void> = Promise.resolve();
  let cancel = clock.after(FIRST, sweep);

  function sweep(): void {
    removing = removeAll(parts, storage, () => stopped)
      .catch((error: unknown) => log.error({ err: error }, 'deleting files failed'))
      .then(() => {
        if (!stopped) cancel = clock.after(INTERVAL, sweep);
      });
  }

  return async () => {
    stopped = true;
    cancel();
    await removing;
  };
}

async function removeAll({ queries, clock }: Parts, storage: ObjectStorage, stopped: () => boolean): Promise<void> {
  const unwanted = and(
    isNull(files.messageId),
    or(isNull(files.meetingId), lt(files.createdAt, new Date(clock.date() - UNSENT_KEPT))),
  );
  for (let found = BATCH; found === BATCH && !stopped(); ) {
    const rows = await queries
      .select({ id: files.id })
      .from(files)
      .where(unwanted)
      .orderBy(files.createdAt)
      .limit(BATCH);
    for (const { id } of rows) {
      if (stopped()) return;
      for (const object of Object.values(objectsOf(id))) await storage.delete(object);
      // The row last: after a crash, the next server finds it again.
      await queries.delete(files).where(and(eq(files.id, id), unwanted));
    }
    found = rows.length;
  }
}

/** Milliseconds. */
const INTERVAL = 60_000;

/** Milliseconds after the start, which is a busy time. */
const FIRST = 30_000;

/** Milliseconds: much longer than an upload may take. */
const UNSENT_KEPT = 86_400_000;

/** Rows of a step. */
const BATCH = 100;
