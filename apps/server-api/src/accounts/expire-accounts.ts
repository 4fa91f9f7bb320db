import { and, asc, eq, isNull, lt, not, type SQL, sql } from 'drizzle-orm';
import { serverItself } from '../audit/audit-log.js';
import type { Queries } from '../database/database.js';
import { identities, sessions, type UserRow, users } from '../database/schema.js';
import { mailConfigured } from '../mail/mail-queue.js';
import type { ApiParts } from '../parts.js';
import type { ObjectStorage } from '../storage/object-storage.js';
import { deleteAccount } from './delete-account.js';

/**
 * Deletes unused accounts with an unverified address every hour: an address must not stay taken by
 * a person who cannot prove to own it. Accounts with an identity provider stay, and so do all if
 * the server sends no mail, since nobody can verify an address there. The returned function stops
 * it, and resolves when the last step is done.
 */
export function startExpiringAccounts(parts: ApiParts, avatars: ObjectStorage): () => Promise<void> {
  if (!mailConfigured(parts)) return async () => {};
  const { clock, log } = parts;
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();
  let cancel = clock.after(FIRST_SWEEP, sweep);

  function sweep(): void {
    sweeping = expire(parts, avatars, () => stopped)
      .catch((error: unknown) => log.error({ err: error }, 'deleting unverified accounts failed'))
      .then(() => {
        if (!stopped) cancel = clock.after(INTERVAL, sweep);
      });
  }

  return async () => {
    stopped = true;
    cancel();
    await sweeping;
  };
}

async function expire(parts: ApiParts, avatars: ObjectStorage, stopped: () => boolean): Promise<void> {
  const unused = unusedAccount(new Date(parts.clock.date() - UNVERIFIED_KEPT));
  const rows = await parts.queries.select().from(users).where(unused).orderBy(asc(users.createdAt)).limit(BATCH);
  for (const user of rows) {
    if (stopped()) return;
    const wanted = (transaction: Queries) => stillThere(transaction, user, unused);
    await deleteAccount(parts, user, avatars, { by: serverItself, wanted });
  }
}

/**
 * Checked again with the user's row locked: the user may have signed in or verified the address
 * since.
 */
async function stillThere(transaction: Queries, { id }: UserRow, unused: SQL | undefined): Promise<boolean> {
  const [row] = await transaction
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), unused));
  return row !== undefined;
}

/** A session lasts 30 days after its last use: an account without one was unused for that long. */
function unusedAccount(before: Date): SQL | undefined {
  return and(
    isNull(users.emailVerifiedAt),
    lt(users.createdAt, before),
    not(sql`exists (select 1 from ${sessions} where ${sessions.userId} = ${users.id})`),
    not(sql`exists (select 1 from ${identities} where ${identities.userId} = ${users.id})`),
  );
}

/** Milliseconds: as long as an unused session. */
const UNVERIFIED_KEPT = 30 * 86_400_000;

/** Milliseconds. The first sweep comes after the start, which is a busy time. */
const INTERVAL = 3_600_000;
const FIRST_SWEEP = 90_000;

/** Accounts of a sweep: each takes a transaction of its own, and the next hour continues. */
const BATCH = 200;
