import type { Clock } from '@waterbus/cluster';
import { and, eq, exists, inArray, isNull, lt, not, type SQL } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { FastifyBaseLogger } from 'fastify';
import type { Queries } from './database.js';
import { admissions, mailedTokens, mails, participants, sessions, webhookEvents } from './schema.js';

/**
 * Forgets what is of no use any more, every hour, in small steps that hold up nobody. Several servers may do so at once. The answer
 * stops it, and resolves when the last step is done.
 */
export function startRetention(parts: { queries: Queries; clock: Clock; log: FastifyBaseLogger }): () => Promise<void> {
  const { queries, clock, log } = parts;
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();
  let cancel = clock.after(FIRST_SWEEP, sweep);

  function sweep(): void {
    sweeping = forget(queries, clock.date(), () => stopped)
      .catch((error: unknown) => log.error({ err: error }, 'what is out of date could not be removed'))
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

async function forget(queries: Queries, now: number, stopped: () => boolean): Promise<void> {
  const before = (age: number) => new Date(now - age);
  const present = queries
    .select({ id: participants.id })
    .from(participants)
    .where(and(eq(participants.id, admissions.id), isNull(participants.leftAt)));
  const rules: Rule[] = [
    { table: sessions, id: sessions.id, order: sessions.expiresAt, where: lt(sessions.expiresAt, before(0)) },
    {
      table: mailedTokens,
      id: mailedTokens.hash,
      order: mailedTokens.expiresAt,
      where: lt(mailedTokens.expiresAt, before(0)),
    },
    // Of a time when mail was still configured: what is sent or given up is gone.
    { table: mails, id: mails.id, order: mails.nextAttemptAt, where: lt(mails.nextAttemptAt, before(2 * DAY)) },
    {
      table: admissions,
      id: admissions.id,
      order: admissions.createdAt,
      where: and(eq(admissions.state, 'waiting'), lt(admissions.createdAt, before(DAY))),
    },
    {
      table: admissions,
      id: admissions.id,
      order: admissions.createdAt,
      where: and(lt(admissions.createdAt, before(ADMISSIONS_KEPT)), not(exists(present))),
    },
    {
      table: webhookEvents,
      id: webhookEvents.id,
      order: webhookEvents.createdAt,
      where: lt(webhookEvents.createdAt, before(EVENTS_KEPT)),
    },
  ];
  for (const { table, id, order, where } of rules) {
    let found = BATCH;
    while (found === BATCH && !stopped()) {
      const oldest = queries
        .select({ id })
        .from(table)
        .where(where)
        .orderBy(order)
        .limit(BATCH)
        .for('update', { of: table, skipLocked: true });
      found = (await queries.delete(table).where(inArray(id, oldest)).returning({ id })).length;
    }
  }
}

/** `order` has an index, so that the oldest are found without reading the others. */
interface Rule {
  table: PgTable;
  id: AnyPgColumn;
  order: AnyPgColumn;
  where: SQL | undefined;
}

/** Milliseconds. */
const DAY = 86_400_000;
const INTERVAL = 3_600_000;

/** Milliseconds after the start, which has enough to do. */
const FIRST_SWEEP = 60_000;

/** Milliseconds: resume tokens are shorter, and calls that last longer keep theirs. */
const ADMISSIONS_KEPT = 7 * DAY;

/** Milliseconds: ten times as long as their delivery is tried. */
const EVENTS_KEPT = 30 * DAY;

/** Rows of a step: locked for a few milliseconds. */
const BATCH = 500;
