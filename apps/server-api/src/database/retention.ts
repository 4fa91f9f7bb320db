import type { Clock } from '@waterbus/cluster';
import {
  and,
  eq,
  exists,
  getTableName,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  min,
  not,
  or,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { AnyPgColumn, PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { FastifyBaseLogger } from 'fastify';
import type { Queries } from './database.js';
import {
  admissions,
  auditEvents,
  challenges,
  guestInvitations,
  mailedTokens,
  mails,
  meetings,
  members,
  messages,
  participants,
  privateMessages,
  qualityMinutes,
  sessions,
  webhookEvents,
} from './schema.js';

/**
 * Deletes outdated rows every hour, in small steps that block nobody. Several servers may do so at
 * once. The returned function stops it, and resolves when the last step is done.
 * `ownerlessMeetingDays`: the lifetime of a meeting without an owner and without members after its
 * last use; `auditDays`: the age that the audit logs reach; `qualityDays`: that of call quality;
 * `attendanceDays`: that of presences in calls.
 */
export function startRetention(parts: {
  queries: Queries;
  clock: Clock;
  log: FastifyBaseLogger;
  options: { ownerlessMeetingDays?: number; auditDays?: number; qualityDays?: number; attendanceDays?: number };
}): () => Promise<void> {
  const { queries, clock, log } = parts;
  const ownerlessKept = (parts.options.ownerlessMeetingDays ?? DEFAULT_OWNERLESS_DAYS) * DAY;
  const auditKept = (parts.options.auditDays ?? DEFAULT_AUDIT_DAYS) * DAY;
  const attendanceKept = (parts.options.attendanceDays ?? DEFAULT_ATTENDANCE_DAYS) * DAY;
  const qualityKept = (parts.options.qualityDays ?? DEFAULT_QUALITY_DAYS) * DAY;
  let stopped = false;
  let sweeping: Promise<void> = Promise.resolve();
  let cancel = clock.after(FIRST_SWEEP, sweep);

  function sweep(): void {
    sweeping = forget(queries, clock.date(), { ownerlessKept, auditKept, qualityKept, attendanceKept }, () => stopped)
      .catch((error: unknown) => log.error({ err: error }, 'deleting outdated rows failed'))
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

/**
 * The moments from which the age of the oldest rows counts, by table: creation or expiry. Tables
 * without rows are left out, and meetings, whose age does not matter while they are used.
 */
export async function oldestRows(queries: Queries, now: number, qualityDays?: number): Promise<Map<string, Date>> {
  const oldest = new Map<string, Date>();
  for (const { table, at } of aged) {
    // Its index answers it.
    const [row] = await queries.select({ at: sql<Date | null>`min(${at})`.mapWith(sessions.expiresAt) }).from(table);
    if (row?.at) oldest.set(getTableName(table), row.at);
  }
  const minute = await oldestQuality(queries, now, qualityDays ?? DEFAULT_QUALITY_DAYS);
  if (minute !== undefined) oldest.set(getTableName(qualityMinutes), new Date(minute * MINUTE));
  return oldest;
}

/** Its index finds rows of a span of time, and no minimum: so day by day from the oldest permitted. */
async function oldestQuality(queries: Queries, now: number, days: number): Promise<number | undefined> {
  const { minute } = qualityMinutes;
  for (let end = now - days * DAY; end < now + 2 * DAY; end += DAY) {
    const [row] = await queries
      .select({ oldest: min(minute) })
      .from(qualityMinutes)
      .where(lt(minute, Math.floor(end / MINUTE)));
    if (row?.oldest != null) return row.oldest;
  }
  return undefined;
}

/** Tables whose rows are deleted by age, with an indexed column of it. */
const aged: { table: PgTable; at: PgColumn }[] = [
  { table: sessions, at: sessions.expiresAt },
  { table: mailedTokens, at: mailedTokens.expiresAt },
  { table: challenges, at: challenges.expiresAt },
  { table: guestInvitations, at: guestInvitations.expiresAt },
  { table: mails, at: mails.nextAttemptAt },
  { table: admissions, at: admissions.createdAt },
  { table: auditEvents, at: auditEvents.createdAt },
  { table: webhookEvents, at: webhookEvents.createdAt },
];

async function forget(
  queries: Queries,
  now: number,
  { ownerlessKept, auditKept, qualityKept, attendanceKept }: Ages,
  stopped: () => boolean,
): Promise<void> {
  const before = (age: number) => new Date(now - age);
  const present = queries
    .select({ id: participants.id })
    .from(participants)
    .where(and(eq(participants.id, admissions.id), isNull(participants.leftAt)));
  const rules: Rule[] = [
    expired({ table: sessions, id: sessions.id, at: sessions.expiresAt }, now),
    expired({ table: mailedTokens, id: mailedTokens.hash, at: mailedTokens.expiresAt }, now),
    expired({ table: challenges, id: challenges.hash, at: challenges.expiresAt }, now),
    expired({ table: guestInvitations, id: guestInvitations.id, at: guestInvitations.expiresAt }, now),
    // From a time when mail was still configured: mails that were sent or abandoned are already
    // deleted.
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
      table: auditEvents,
      id: auditEvents.id,
      order: auditEvents.createdAt,
      where: lt(auditEvents.createdAt, before(auditKept)),
    },
    {
      table: qualityMinutes,
      id: sql`ctid`,
      // In the order of the table, which is that of time.
      order: undefined,
      where: lt(qualityMinutes.minute, Math.floor((now - qualityKept) / MINUTE)),
    },
    {
      table: participants,
      id: participants.id,
      order: participants.leftAt,
      where: presencesPast(queries, before(attendanceKept), before(ownerlessKept)),
    },
    {
      table: privateMessages,
      id: privateMessages.id,
      order: privateMessages.createdAt,
      where: betweenGuests(before(ADMISSIONS_KEPT)),
    },
    {
      table: webhookEvents,
      id: webhookEvents.id,
      order: webhookEvents.createdAt,
      where: lt(webhookEvents.createdAt, before(EVENTS_KEPT)),
    },
    {
      table: meetings,
      id: meetings.id,
      order: meetings.createdAt,
      where: ownerlessUnused(queries, before(ownerlessKept)),
    },
  ];
  for (const rule of rules) await deleteRows(queries, rule, stopped);
}

async function deleteRows(queries: Queries, { table, id, order, where }: Rule, stopped: () => boolean): Promise<void> {
  let found = BATCH;
  while (found === BATCH && !stopped()) {
    const oldest = queries
      .select({ id: sql`${id}`.as('id') })
      .from(table)
      .where(where)
      .orderBy(...(order ? [order] : []))
      .limit(BATCH)
      .for('update', { of: table, skipLocked: true });
    found = (
      await queries
        .delete(table)
        .where(inArray(sql`${id}`, oldest))
        .returning({ id: sql`1` })
    ).length;
  }
}

function expired({ table, id, at }: { table: PgTable; id: AnyPgColumn; at: AnyPgColumn }, now: number): Rule {
  return { table, id, order: at, where: lt(at, new Date(now)) };
}

/** Milliseconds. */
type Ages = Record<'ownerlessKept' | 'auditKept' | 'qualityKept' | 'attendanceKept', number>;

/** Between guests, who read them during the call. Literally as in the condition of the index. */
function betweenGuests(since: Date): SQL | undefined {
  return and(sql`user_id is null and receiver_user_id is null`, lt(privateMessages.createdAt, since));
}

/** Those of a meeting without an owner are also its last use, and stay as long as that counts. */
function presencesPast(queries: Queries, since: Date, ownerlessSince: Date): SQL | undefined {
  const owned = queries
    .select({ id: meetings.id })
    .from(meetings)
    .where(and(eq(meetings.id, participants.meetingId), isNotNull(meetings.owner)));
  return and(lt(participants.leftAt, since), or(lt(participants.leftAt, ownerlessSince), exists(owned)));
}

/**
 * The meeting has no owner, no joined member and no admission, and since then there was no call, no
 * message and no scheduled start.
 */
function ownerlessUnused(queries: Queries, since: Date): SQL | undefined {
  const called = or(isNull(participants.leftAt), gte(participants.leftAt, since));
  return and(
    isNull(meetings.owner),
    lt(meetings.createdAt, since),
    or(isNull(meetings.scheduledStart), lt(meetings.scheduledStart, since)),
    not(
      exists(
        queries
          .select({ id: members.id })
          .from(members)
          .where(and(eq(members.meetingId, meetings.id), eq(members.state, 'joined'))),
      ),
    ),
    not(exists(queries.select({ id: admissions.id }).from(admissions).where(eq(admissions.meetingId, meetings.id)))),
    not(
      exists(
        queries
          .select({ id: participants.id })
          .from(participants)
          .where(and(eq(participants.meetingId, meetings.id), called)),
      ),
    ),
    not(
      exists(
        queries
          .select({ id: messages.id })
          .from(messages)
          .where(
            and(
              eq(messages.meetingId, meetings.id),
              eq(messages.seq, meetings.lastSeq),
              gte(messages.createdAt, since),
            ),
          ),
      ),
    ),
  );
}

/**
 * `order` has an index, so that the oldest rows are found without reading the others; undefined: an
 * index answers `where` alone, and the order of the deletions does not matter.
 */
interface Rule {
  table: PgTable;
  id: AnyPgColumn | SQL;
  order: AnyPgColumn | undefined;
  where: SQL | undefined;
}

/** Milliseconds. */
const MINUTE = 60_000;
const DAY = 86_400_000;
const INTERVAL = 3_600_000;

/** Milliseconds after the start, which is a busy time. */
const FIRST_SWEEP = 60_000;

/** Milliseconds: resume tokens are shorter, and longer calls keep theirs. */
const ADMISSIONS_KEPT = 7 * DAY;

/** Milliseconds: ten times as long as their delivery is tried. */
const EVENTS_KEPT = 30 * DAY;

/** A saved link works for a quarter of a year after the last call. */
export const DEFAULT_OWNERLESS_DAYS = 90;

/** A year: attacks are often found months after they began. */
const DEFAULT_AUDIT_DAYS = 365;

/** A month: complaints about a call arrive within weeks. */
const DEFAULT_QUALITY_DAYS = 30;

/** A year, as the audit logs: a list of the people of a course is needed until it ends. */
const DEFAULT_ATTENDANCE_DAYS = 365;

/** Rows of a step: locked for a few milliseconds. */
const BATCH = 500;
