import type { AccountExport } from '@waterbus/protocol';
import { and, asc, eq, gt, or, type SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { ownerOfUser } from '../access/principal.js';
import type { Queries } from '../database/database.js';
import {
  admissions,
  apiKeys,
  auditEvents,
  identities,
  mailedTokens,
  meetings,
  members,
  messages,
  participants,
  passkeys,
  sessions,
  totps,
  users,
  webhookEvents,
  webhooks,
} from '../database/schema.js';

type Row = Record<string, unknown>;
type Part = Exclude<keyof AccountExport, 'exportedAt' | 'account'>;

/**
 * All stored data of a user, as the text of one JSON object, in pieces: the data of years does not
 * fit into memory at once. Secrets and their hashes are omitted. `personal-data.test.ts` fails for
 * a table that refers to users and is neither here nor among its reasons.
 */
export async function* exportAccount(queries: Queries, userId: string, now: Date): AsyncGenerator<string> {
  const [user] = await queries.select().from(users).where(eq(users.id, userId));
  const { passwordHash, ...account } = user ?? { passwordHash: null };
  const shown = { ...account, hasPassword: passwordHash !== null };
  yield `{"exportedAt":${JSON.stringify(now)},"account":${JSON.stringify(shown)}`;
  for (const [name, read] of Object.entries(partsOf(queries, userId))) {
    yield `,${JSON.stringify(name)}:[`;
    let first = true;
    for await (const row of read()) {
      yield `${first ? '' : ','}${JSON.stringify(row)}`;
      first = false;
    }
    yield ']';
  }
  yield '}';
}

function partsOf(queries: Queries, userId: string): Record<Part, () => AsyncGenerator<Row>> {
  const owner = ownerOfUser(userId);
  const listed = (rows: () => Promise<Row[]>) => () => once(rows);
  return {
    sessions: listed(() =>
      queries
        .select({
          id: sessions.id,
          userAgent: sessions.userAgent,
          createdAt: sessions.createdAt,
          lastUsedAt: sessions.lastUsedAt,
          expiresAt: sessions.expiresAt,
        })
        .from(sessions)
        .where(eq(sessions.userId, userId)),
    ),
    identities: listed(() =>
      queries
        .select({ issuer: identities.issuer, subject: identities.subject, createdAt: identities.createdAt })
        .from(identities)
        .where(eq(identities.userId, userId)),
    ),
    passkeys: listed(() =>
      queries
        .select({
          id: passkeys.id,
          name: passkeys.name,
          backedUp: passkeys.backedUp,
          createdAt: passkeys.createdAt,
          lastUsedAt: passkeys.lastUsedAt,
        })
        .from(passkeys)
        .where(eq(passkeys.userId, userId)),
    ),
    totps: listed(() =>
      queries
        .select({ createdAt: totps.createdAt, confirmedAt: totps.confirmedAt })
        .from(totps)
        .where(eq(totps.userId, userId)),
    ),
    mailedTokens: listed(() =>
      queries
        .select({ purpose: mailedTokens.purpose, expiresAt: mailedTokens.expiresAt })
        .from(mailedTokens)
        .where(eq(mailedTokens.userId, userId)),
    ),
    apiKeys: listed(() =>
      queries
        .select({
          id: apiKeys.id,
          name: apiKeys.name,
          createdAt: apiKeys.createdAt,
          expiresAt: apiKeys.expiresAt,
          lastUsedAt: apiKeys.lastUsedAt,
        })
        .from(apiKeys)
        .where(eq(apiKeys.userId, userId)),
    ),
    webhooks: listed(() =>
      queries
        .select({
          id: webhooks.id,
          url: webhooks.url,
          events: webhooks.events,
          enabled: webhooks.enabled,
          createdAt: webhooks.createdAt,
        })
        .from(webhooks)
        .where(eq(webhooks.owner, owner)),
    ),
    webhookEvents: () =>
      paged(webhookEvents.id, (beyond) =>
        queries
          .select({
            id: webhookEvents.id,
            type: webhookEvents.type,
            data: webhookEvents.data,
            createdAt: webhookEvents.createdAt,
          })
          .from(webhookEvents)
          .where(and(eq(webhookEvents.owner, owner), beyond))
          .orderBy(asc(webhookEvents.id))
          .limit(PAGE),
      ),
    meetings: () =>
      paged(meetings.id, (beyond) =>
        queries
          .select({
            id: meetings.id,
            code: meetings.code,
            title: meetings.title,
            locked: meetings.locked,
            waitingRoom: meetings.waitingRoom,
            settings: meetings.settings,
            scheduledStart: meetings.scheduledStart,
            createdAt: meetings.createdAt,
            archivedAt: meetings.archivedAt,
          })
          .from(meetings)
          .where(and(eq(meetings.owner, owner), beyond))
          .orderBy(asc(meetings.id))
          .limit(PAGE),
      ),
    memberships: () =>
      paged(members.id, (beyond) =>
        queries
          .select({
            id: members.id,
            meeting: { code: meetings.code, title: meetings.title },
            role: members.role,
            state: members.state,
            lastReadSeq: members.lastReadSeq,
            createdAt: members.createdAt,
          })
          .from(members)
          .innerJoin(meetings, eq(meetings.id, members.meetingId))
          .where(and(eq(members.userId, userId), beyond))
          .orderBy(asc(members.id))
          .limit(PAGE),
      ),
    messages: () =>
      paged(messages.id, (beyond) =>
        queries
          .select({
            id: messages.id,
            meetingId: messages.meetingId,
            seq: messages.seq,
            authorName: messages.authorName,
            text: messages.text,
            createdAt: messages.createdAt,
            editedAt: messages.editedAt,
            deletedAt: messages.deletedAt,
          })
          .from(messages)
          .where(and(eq(messages.userId, userId), beyond))
          .orderBy(asc(messages.id))
          .limit(PAGE),
      ),
    presences: () =>
      paged(participants.id, (beyond) =>
        queries
          .select({
            id: participants.id,
            meetingId: participants.meetingId,
            name: participants.name,
            role: participants.role,
            hidden: participants.hidden,
            joinedAt: participants.joinedAt,
            leftAt: participants.leftAt,
            leaveReason: participants.leaveReason,
          })
          .from(participants)
          .where(and(eq(participants.userId, userId), beyond))
          .orderBy(asc(participants.id))
          .limit(PAGE),
      ),
    admissions: () =>
      paged(admissions.id, (beyond) =>
        queries
          .select({
            id: admissions.id,
            meetingId: admissions.meetingId,
            name: admissions.name,
            role: admissions.role,
            network: admissions.network,
            state: admissions.state,
            createdAt: admissions.createdAt,
          })
          .from(admissions)
          .where(and(eq(admissions.userId, userId), beyond))
          .orderBy(asc(admissions.id))
          .limit(PAGE),
      ),
    auditEvents: () =>
      paged(auditEvents.id, (beyond) =>
        queries
          .select({
            id: auditEvents.id,
            meetingId: auditEvents.meetingId,
            actorKind: auditEvents.actorKind,
            actorName: auditEvents.actorName,
            action: auditEvents.action,
            target: auditEvents.target,
            network: auditEvents.network,
            details: auditEvents.details,
            createdAt: auditEvents.createdAt,
          })
          .from(auditEvents)
          .where(
            and(
              or(
                eq(auditEvents.userId, userId),
                and(eq(auditEvents.actorKind, 'user'), eq(auditEvents.actorId, userId)),
              ),
              beyond,
            ),
          )
          .orderBy(asc(auditEvents.id))
          .limit(PAGE),
      ),
  };
}

async function* once(rows: () => Promise<Row[]>): AsyncGenerator<Row> {
  yield* await rows();
}

/** Page after page in the order of ids: each begins after the end of the previous one. */
async function* paged<R extends Row & { id: string }>(
  id: AnyPgColumn,
  read: (beyond: SQL | undefined) => Promise<R[]>,
): AsyncGenerator<R> {
  let last: string | undefined;
  for (;;) {
    const rows = await read(last === undefined ? undefined : gt(id, last));
    yield* rows;
    last = rows.at(-1)?.id;
    if (rows.length < PAGE) return;
  }
}

/** Rows in memory at a time. */
const PAGE = 500;
