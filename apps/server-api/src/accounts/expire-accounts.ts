import { and, asc, eq, isNull, lt, not, type SQL, sql } from 'drizzle-orm';
import type { AvatarStorage } from '../avatars/avatar-storage.js';
import type { Queries } from '../database/database.js';
import { identities, sessions, type UserRow, users } from '../database/schema.js';
import { mailConfigured } from '../mail/mail-queue.js';
import type { ApiParts } from '../parts.js';
import { deleteAccount } from './delete-account.js';

/**
 * Deletes accounts whose address nobody has verified and that nobody uses, every hour: an address shall not stay taken by somebody
 * who cannot show that it is theirs. Accounts that an identity provider signs in stay, and so do all where no mail is sent, since
 * nobody can verify an address there. The answer stops it, and resolves when the last step is done.
 */
export function startExpiringAccounts(parts: ApiParts, avatars: AvatarStorage): () => Promise<void> {
  if (!mailConfigured(parts)) return async () => {};
  const { clock, log } = parts;
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();
  let cancel = clock.after(FIRST_SWEEP, sweep);

  function sweep(): void {
    sweeping = expire(parts, avatars, () => stopped)
      .catch((error: unknown) => log.error({ err: error }, 'unverified accounts could not be removed'))
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

async function expire(parts: ApiParts, avatars: AvatarStorage, stopped: () => boolean): Promise<void> {
  const unused = unusedAccount(new Date(parts.clock.date() - UNVERIFIED_KEPT));
  const rows = await parts.queries.select().from(users).where(unused).orderBy(asc(users.createdAt)).limit(BATCH);
  for (const user of rows) {
    if (stopped()) return;
    await deleteAccount(parts, user, avatars, 'server', (transaction) => stillThere(transaction, user, unused));
  }
}

/** Asked again with the user's row locked: they may have signed in or verified the address since. */
async function stillThere(transaction: Queries, { id }: UserRow, unused: SQL | undefined): Promise<boolean> {
  const [row] = await transaction
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, id), unused));
  return row !== undefined;
}

/** A session lasts 30 days after its last use: without one the account was not used for that long. */
function unusedAccount(before: Date): SQL | undefined {
  return and(
    isNull(users.emailVerifiedAt),
    lt(users.createdAt, before),
    not(sql`exists (select 1 from ${sessions} where ${sessions.userId} = ${users.id})`),
    not(sql`exists (select 1 from ${identities} where ${identities.userId} = ${users.id})`),
  );
}

/** Milliseconds: as long as a session that is not used. */
const UNVERIFIED_KEPT = 30 * 86_400_000;

/** Milliseconds. The first one after the start, which has enough to do. */
const INTERVAL = 3_600_000;
const FIRST_SWEEP = 90_000;

/** Accounts of a sweep: each takes a transaction of its own, and more come in the next hour. */
const BATCH = 200;
