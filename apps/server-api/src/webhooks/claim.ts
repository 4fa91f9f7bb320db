import type { WebhookEvent } from '@waterbus/protocol';
import { and, eq, inArray, isNull, lte, notInArray, or, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { webhookDeliveries, webhookEvents, webhooks } from '../database/schema.js';
import { type Candidate, fairShare, MOST_OF_OWNER, type Sending } from './fair-share.js';
import { LONGEST_ATTEMPT } from './send.js';
import { shownEvent } from './shown-webhook.js';

/** The deliveries of one endpoint, in this order. */
export interface Batch {
  webhookId: string;
  owner: string;
  /** Failed attempts since the last success. */
  failures: number;
  url: string;
  secret: string;
  enabled: boolean;
  deliveries: Delivery[];
}

export interface Delivery {
  event: WebhookEvent;
  /** Finished attempts. */
  attempts: number;
  createdAt: Date;
}

/**
 * Claims due deliveries in fair shares, of endpoints that no other server claims at this moment.
 * `transaction`: holds the locks of the endpoints until it ends.
 */
export async function claimBatches(transaction: Transaction, now: Date, sending: Sending): Promise<Batch[]> {
  const chosen = fairShare(await candidates(transaction, now, sending), sending);
  if (chosen.length === 0) return [];
  const endpoints = await lockedEndpoints(transaction, now, chosen);
  if (endpoints.length === 0) return [];
  const probed = await probedEndpoints(transaction, now, endpoints);
  const leased = await leasedDeliveries(transaction, now, endpoints, probed);
  return leased.length === 0 ? [] : batchesOf(transaction, endpoints, leased);
}

type Transaction = Pick<Queries, 'select' | 'update'>;
type Endpoint = typeof webhooks.$inferSelect;
type Leased = Pick<typeof webhookDeliveries.$inferSelect, 'webhookId' | 'eventId' | 'attempts'>;

/** Endpoints with due deliveries, the longest wait first. */
async function candidates(transaction: Transaction, now: Date, sending: Sending): Promise<Candidate[]> {
  const full = [...sending.byOwner].filter(([, count]) => count >= MOST_OF_OWNER).map(([owner]) => owner);
  // Excludes owners with a full share, so that their rows do not hide all others behind the bound.
  const due = transaction
    .select({ webhookId: webhookDeliveries.webhookId, nextAttemptAt: webhookDeliveries.nextAttemptAt })
    .from(webhookDeliveries)
    .innerJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
    .where(
      and(
        isDue(now),
        isNotSuspended(now),
        full.length > 0 ? notInArray(webhooks.owner, full) : undefined,
        sending.endpoints.size > 0 ? notInArray(webhooks.id, [...sending.endpoints]) : undefined,
      ),
    )
    .orderBy(webhookDeliveries.nextAttemptAt)
    .limit(DUE_LOOKED_AT)
    .as('due');
  return transaction
    .select({ webhookId: webhooks.id, owner: webhooks.owner, failures: webhooks.failures })
    .from(webhooks)
    .innerJoin(due, eq(due.webhookId, webhooks.id))
    .where(nothingUnderWay(sql`${webhooks.id}`, now))
    .groupBy(webhooks.id)
    .orderBy(sql`min(${due.nextAttemptAt})`);
}

/** Those that no other server has locked, checked again. */
async function lockedEndpoints(transaction: Transaction, now: Date, chosen: Candidate[]): Promise<Endpoint[]> {
  const ids = chosen.map(({ webhookId }) => webhookId);
  return transaction
    .select()
    .from(webhooks)
    .where(and(inArray(webhooks.id, ids), isNotSuspended(now), nothingUnderWay(sql`${webhooks.id}`, now)))
    .for('no key update', { skipLocked: true });
}

/**
 * The ids of endpoints that failed repeatedly: each is probed by one delivery, and by no other
 * server in the meantime.
 */
async function probedEndpoints(transaction: Transaction, now: Date, endpoints: Endpoint[]): Promise<string[]> {
  const probed = endpoints.filter(({ failures }) => failures >= SUSPENDED_AFTER).map(({ id }) => id);
  if (probed.length > 0) {
    const suspendedUntil = new Date(now.getTime() + PROBE_LEASE);
    await transaction.update(webhooks).set({ suspendedUntil }).where(inArray(webhooks.id, probed));
  }
  return probed;
}

/** Leases the first deliveries of each endpoint: a batch, or one of a probed endpoint. */
async function leasedDeliveries(
  transaction: Transaction,
  now: Date,
  endpoints: Endpoint[],
  probed: string[],
): Promise<Leased[]> {
  const ids = endpoints.map(({ id }) => id);
  const { webhookId, eventId, attempts, createdAt } = webhookDeliveries;
  // Checked again with the endpoints locked: another server may have claimed in between.
  const first = transaction
    .select({
      webhookId,
      eventId,
      place: sql<number>`row_number() over (partition by ${webhookId} order by ${createdAt}, ${eventId})`.as('place'),
    })
    .from(webhookDeliveries)
    .where(and(isDue(now), inArray(webhookId, ids), nothingUnderWay(sql`${webhookId}`, now)))
    .as('first');
  const probe = probed.length > 0 ? inArray(first.webhookId, probed) : sql`false`;
  return transaction
    .update(webhookDeliveries)
    .set({ nextAttemptAt: new Date(now.getTime() + LEASE) })
    .from(first)
    .where(
      and(
        eq(webhookId, first.webhookId),
        eq(eventId, first.eventId),
        lte(first.place, sql`case when ${probe} then 1 else ${BATCH} end`),
      ),
    )
    .returning({ webhookId, eventId, attempts });
}

/** The leased deliveries with their events, in the order of the events. */
async function batchesOf(transaction: Transaction, endpoints: Endpoint[], leased: Leased[]): Promise<Batch[]> {
  const ids = leased.map(({ eventId }) => eventId);
  const events = await transaction
    .select()
    .from(webhookEvents)
    .where(inArray(webhookEvents.id, ids))
    .orderBy(webhookEvents.createdAt, webhookEvents.id);
  return endpoints.map(({ id, owner, failures, url, secret, enabled }) => ({
    webhookId: id,
    owner,
    failures,
    url,
    secret,
    enabled,
    deliveries: events.flatMap((row) => {
      const delivery = leased.find(({ webhookId, eventId }) => webhookId === id && eventId === row.id);
      return delivery ? [{ event: shownEvent(row), attempts: delivery.attempts, createdAt: row.createdAt }] : [];
    }),
  }));
}

/** A literal, so that the planner recognizes the condition of the partial index. */
export const isPending = sql`${webhookDeliveries.state} = 'pending'`;

function isDue(now: Date): SQL | undefined {
  return and(isPending, lte(webhookDeliveries.nextAttemptAt, now));
}

function nothingUnderWay(webhookId: SQL, now: Date): SQL {
  return sql`not exists (select 1 from ${webhookDeliveries} under_way where under_way.webhook_id = ${webhookId}
    and under_way.state = 'pending' and under_way.attempts = 0 and under_way.next_attempt_at > ${now.toISOString()}::timestamptz)`;
}

function isNotSuspended(now: Date): SQL | undefined {
  return or(isNull(webhooks.suspendedUntil), lte(webhooks.suspendedUntil, now));
}

/**
 * Consecutive failed attempts after which an endpoint is probed rarely and by one delivery at a
 * time (a circuit breaker).
 */
export const SUSPENDED_AFTER = 5;

/** Milliseconds: the longest attempt, and some time for the database. */
const PROBE_LEASE = LONGEST_ATTEMPT + 20_000;

/** Deliveries that an endpoint gets in one batch; then others have their turn. */
const BATCH = 10;

/** Milliseconds: every attempt of a batch may take its longest, and the database some time. */
const LEASE = BATCH * LONGEST_ATTEMPT + 20_000;

/** Due rows from which endpoints are chosen: bounds the work of a claim when many are due. */
const DUE_LOOKED_AT = 5_000;
